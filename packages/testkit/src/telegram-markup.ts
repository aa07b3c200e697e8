/** Telegram refuses tags that are not closed in order. */
export function isBalanced(html: string): boolean {
  const open: string[] = [];
  for (const [, end, name = ''] of html.matchAll(/<(\/?)(\w+)[^>]*>/g)) {
    if (end === '') open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

/** What people see of it. */
export function visibleText(html: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' };
  const text = html.replaceAll(/<[^>]*>/g, '');
  return text.replaceAll(/&(lt|gt|quot|amp);/g, (_, name: string) => characters[name] ?? '');
}
