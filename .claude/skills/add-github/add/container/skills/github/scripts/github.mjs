// GitHub's REST API through the host's gateway: see SKILL.md.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Plain HTTP: the host puts the credential in and adds TLS. */
const API = process.env.GITHUB_API ?? 'http://api.github.com';
const MOST = 50;
const VERBS = { notifications, issues, show, create, comment, close };

const [verb, ...args] = process.argv.slice(2);
if (VERBS[verb] === undefined) {
  process.stderr.write(`usage: github.mjs ${Object.keys(VERBS).join('|')} …\n`);
  process.exit(2);
}
VERBS[verb](...args);

function notifications() {
  print(
    github('GET', `/notifications?per_page=${MOST}`).map(({ reason, subject, repository, updated_at }) => ({
      repository: repository.full_name,
      type: subject.type,
      title: subject.title,
      reason,
      updated: updated_at,
    })),
  );
}

function issues(repository, state = 'open') {
  print(
    github('GET', `/repos/${repositoryOf(repository)}/issues?state=${encodeURIComponent(state)}&per_page=${MOST}`).map(
      (issue) => ({
        number: issue.number,
        kind: issue.pull_request === undefined ? 'issue' : 'pull request',
        title: issue.title,
        by: issue.user.login,
        labels: issue.labels.map(({ name }) => name),
        updated: issue.updated_at,
      }),
    ),
  );
}

function show(which) {
  const path = issueOf(which);
  const { title, state, user, body, html_url } = github('GET', path);
  const comments = github('GET', `${path}/comments?per_page=${MOST}`).map((one) => ({
    by: one.user.login,
    at: one.created_at,
    text: one.body,
  }));
  print({ title, state, by: user.login, url: html_url, text: body, comments });
}

function create(repository, title) {
  if (!title) fail('a title is needed');
  print(link(github('POST', `/repos/${repositoryOf(repository)}/issues`, { title, body: input() })));
}

function comment(which) {
  print(link(github('POST', `${issueOf(which)}/comments`, { body: input() })));
}

function close(which) {
  print(link(github('PATCH', issueOf(which), { state: 'closed' })));
}

function github(method, path, body) {
  const headers = ['accept: application/vnd.github+json', 'x-github-api-version: 2022-11-28'];
  return JSON.parse(
    ask(method, `${API}${path}`, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }) || '{}',
  );
}

function repositoryOf(text = '') {
  if (!/^[\w-]+\/(?!\.+$)[\w.-]+$/.test(text)) fail(`${text} is no OWNER/REPO`);
  return text;
}

function issueOf(text = '') {
  const [, repository, number] = /^([^#]+)#(\d+)$/.exec(text) ?? [];
  return `/repos/${repositoryOf(repository)}/issues/${number}`;
}

function input() {
  const text = readFileSync(0, 'utf8').trim();
  if (text === '') fail('the text is expected on standard input');
  return text;
}

function link({ number, html_url }) {
  return { ...(number === undefined ? {} : { number }), url: html_url };
}

function print(value) {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** By curl, because it takes the sandbox's way out by itself. Throws with what the service said. */
function ask(method, url, { body, type = 'application/json', headers = [] } = {}) {
  const args = ['-sS', '-X', method, '-w', '\\n%{http_code}', '--max-time', '60'];
  for (const header of headers) args.push('-H', header);
  if (body !== undefined) args.push('-H', `content-type: ${type}`, '--data-binary', '@-');
  const { status, stdout, stderr } = spawnSync('curl', [...args, url], {
    input: body ?? '',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) fail(stderr.trim() || `curl ended with ${status}`);
  const at = stdout.lastIndexOf('\n');
  const [text, code] = [stdout.slice(0, at), Number(stdout.slice(at + 1))];
  if (code >= 400) fail(`${method} ${url}: ${code} ${text.slice(0, 500)}`);
  return text;
}

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
