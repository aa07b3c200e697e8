/** Shorter pieces would be struck out by chance in what a service answers. */
const MIN_CHARS = 8;

/**
 * The forms in which a service may say back the value of a header: as it is, without its scheme (RFC 9110, 11.4), and for
 * Basic the pair of name and password and the password alone (RFC 7617). Longest first, so that each is struck out whole.
 */
export function secretForms(value: string): readonly string[] {
  const [scheme = '', ...rest] = value.split(' ');
  const token = rest.join(' ').trim();
  const pair = /^basic$/i.test(scheme) ? Buffer.from(token, 'base64').toString('latin1') : '';
  const password = pair.slice(pair.indexOf(':') + 1);
  const forms = new Set([value, token, pair, password].filter((form) => form.length >= MIN_CHARS));
  return [...forms].sort((a, b) => b.length - a.length);
}
