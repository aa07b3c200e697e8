import { type Context, Hono, type Next } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { type Log, silentLog } from '../kernel/log.ts';
import { answerError, refuse } from './answers.ts';
import { type ChatRoutesDeps, chatRoutes } from './chat-routes.ts';
import { loginNeededPage, readPageFiles } from './page-files.ts';
import { type PageDeps, pageRoutes } from './page-routes.ts';
import { refuseForeign, refuseStranger } from './web-access.ts';
import type { WebSessions } from './web-sessions.ts';

const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

interface WebAppDeps extends ChatRoutesDeps {
  readonly sessions: WebSessions;
  /** What there is beside the chats; without it the page has them alone. */
  readonly page?: PageDeps | undefined;
  /** Known only after listening. */
  readonly port: () => number;
}

/** The page and the chat routes behind the access rules. Everything except `/login` needs a session. */
export function webApp(deps: WebAppDeps): Hono {
  const app = new Hono();
  const log = deps.log ?? silentLog;
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
    const request = { method: c.req.method, host: c.req.header('host'), origin: c.req.header('origin') };
    const refusal = refuseForeign(request, deps.port());
    return refusal === undefined ? next() : refuse(c, refusal.status, refusal.error);
  });
  app.get('/login', (c) => logIn(c, deps, log));
  app.use((c, next) => requireSession(c, next, deps));
  for (const { address, type, body } of readPageFiles()) {
    app.get(address, (c) => c.body(body, 200, { 'content-type': type }));
  }
  if (deps.page !== undefined) app.route('/api', pageRoutes({ ...deps.page, signal: deps.signal, log }));
  app.route('/', chatRoutes(deps));
  app.onError((error, c) => answerError(c, error, log));
  app.notFound((c) => refuse(c, 404, 'there is nothing at this address'));
  return app;
}

function logIn(c: Context, deps: WebAppDeps, log: Log): Response {
  const { sessions } = deps;
  const isValid = sessions.spendCode(c.req.query('code') ?? '');
  if (refusalOf(c, deps) === undefined) return c.redirect('/', 303);
  if (!isValid) return c.html(loginNeededPage('This link was used already or is too old.'), 401);
  setCookie(c, cookieName(deps), sessions.newToken(), { httpOnly: true, sameSite: 'Strict', path: '/' });
  log.info('web.logged-in', { sessions: sessions.hashes().length });
  return c.redirect('/', 303);
}

async function requireSession(c: Context, next: Next, deps: WebAppDeps): Promise<Response | undefined> {
  const refusal = refusalOf(c, deps);
  if (refusal === undefined) {
    await next();
    return undefined;
  }
  if (c.req.path === '/') return c.html(loginNeededPage('This browser is not logged in.'), refusal.status);
  return refuse(c, refusal.status, refusal.error);
}

function refusalOf(c: Context, deps: WebAppDeps) {
  return refuseStranger(getCookie(c, cookieName(deps)), deps.sessions.hashes());
}

/** Cookies of 127.0.0.1 are shared by all its ports: with the port in the name two hosts do not log each other out. */
function cookieName(deps: WebAppDeps): string {
  return `nanoclaw-${deps.port()}`;
}
