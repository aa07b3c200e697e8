// Parallel's search and task interfaces through the host's gateway: see SKILL.md.
import { spawnSync } from 'node:child_process';

const API = process.env.PARALLEL_API ?? 'http://api.parallel.ai';
const VERBS = { search, research, result };
const [verb, text, ...more] = process.argv.slice(2);
if (VERBS[verb] === undefined || !text) {
  process.stderr.write('usage: parallel.mjs search WISH [QUERY…] | research QUESTION | result ID\n');
  process.exit(2);
}
process.stdout.write(`${JSON.stringify(VERBS[verb](), null, 2)}\n`);

function search() {
  const { results = [] } = post('/v1beta/search', { objective: text, search_queries: more, max_results: 8 });
  return results.map(({ url, title, excerpts }) => ({ url, title, excerpts }));
}

function research() {
  const { run_id, status } = post('/v1/tasks/runs', { input: text, processor: 'core' });
  return { id: run_id, status };
}

function result() {
  if (!/^[\w-]+$/.test(text)) fail(`${text} is no id`);
  const run = JSON.parse(ask('GET', `${API}/v1/tasks/runs/${text}`));
  if (run.status !== 'completed') return { id: text, status: run.status };
  const { output } = JSON.parse(ask('GET', `${API}/v1/tasks/runs/${text}/result`));
  return { id: text, status: run.status, output };
}

function post(path, body) {
  return JSON.parse(ask('POST', `${API}${path}`, { body: JSON.stringify(body) }));
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
