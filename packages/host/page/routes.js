/**
 * The pages beside the chats: `#/<hash>/<argument>…`. `fileOf` names the module that shows it, `key` is what follows `g`.
 */
export const PAGES = [
  {
    hash: 'tasks',
    title: 'Tasks',
    key: 't',
    fileOf: (args) => (args.length === 0 ? './view-tasks.js' : './view-task.js'),
  },
  { hash: 'approvals', title: 'Approvals', key: 'a', fileOf: () => './view-approvals.js' },
  { hash: 'groups', title: 'Groups', key: 'g', fileOf: groupFile },
  { hash: 'live', title: 'Live', key: 'l', fileOf: () => './view-live.js' },
  { hash: 'usage', title: 'Usage', key: 'u', fileOf: () => './view-usage.js' },
  { hash: 'health', title: 'Health', key: 'h', fileOf: () => './view-health.js' },
  { hash: 'record', title: 'Record', key: 'r', fileOf: () => './view-record.js' },
  { hash: 'settings', title: 'Settings', key: 's', fileOf: () => './view-settings.js' },
  // Reached from the health of a channel.
  { hash: 'link', title: 'Link', isHidden: true, fileOf: () => './view-link.js' },
];

function groupFile([folder, more]) {
  if (folder === undefined) return './view-groups.js';
  return more === 'memory' ? './view-memory.js' : './view-group.js';
}

export function hashOf(name, ...args) {
  return `#/${[name, ...args].map(encodeURIComponent).join('/')}`;
}

/** What an address asks for; one that nobody understands is the first chat. */
export function routeOf(hash) {
  const parts = hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decode);
  const [name = 'chat', ...args] = parts;
  return { name, args };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
