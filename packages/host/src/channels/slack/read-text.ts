/** People named in a text of Slack's. */
export function usersIn(text: string): string[] {
  return [...text.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g)].map(([, id = '']) => id);
}

/** A text of Slack's as its sender wrote it: people, channels and addresses by their names, nothing escaped. */
export function readSlackText(text: string, nameOf: (user: string) => string): string {
  return text
    .replaceAll(/<([^<>]+)>/g, (whole, inner: string) => readReference(inner, nameOf) ?? whole)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function readReference(inner: string, nameOf: (user: string) => string): string | undefined {
  const [target = '', label] = inner.split('|');
  if (/^@[UW][A-Z0-9]+$/.test(target)) return `@${nameOf(target.slice(1))}`;
  if (target.startsWith('#')) return `#${label || target.slice(1)}`;
  if (target.startsWith('!')) return label || `@${target.slice(1).split('^')[0]}`;
  if (/^(https?|mailto|tel):/.test(target)) {
    return label === undefined || target.endsWith(label) ? target : `${label} (${target})`;
  }
  return undefined;
}
