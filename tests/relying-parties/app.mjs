// @ts-check
// What every app here has beside its OpenID Connect library: a server on loopback, people's sessions in
// memory, and answers as JSON, so that a test sees what the app itself made of what Doorward said.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import process from "node:process";

/** @typedef {Map<string, any>} Session */
/** @typedef {{ url: URL, session: Session, begin: () => Session }} Asked */
/** @typedef {{ to?: string, status?: number, json?: any }} Answer */

export const { ISSUER = "", CLIENT_ID = "", CLIENT_SECRET, PORT = "" } = process.env;
export const HOME = `http://127.0.0.1:${PORT}`;

/** Serves `routes`, each by its path, until the process is ended. */
export function serve(/** @type {Record<string, (asked: Asked) => Answer | Promise<Answer>>} */ routes) {
  /** @type {Map<string, Session>} */
  const sessions = new Map();
  createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", HOME);
    const cookie = /(?:^|; )app=([^;]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
    const begin = () => {
      const id = randomUUID();
      response.setHeader("Set-Cookie", `app=${id}; Path=/; HttpOnly; SameSite=Lax`);
      sessions.delete(cookie);
      sessions.set(id, new Map());
      return /** @type {Session} */ (sessions.get(id));
    };
    const session = sessions.get(cookie) ?? new Map();
    const { to, status, json } = await answer(routes[url.pathname], { url, session, begin });
    if (to) return response.writeHead(303, { Location: to }).end();
    response.writeHead(status ?? 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(json ?? {}));
  }).listen(Number(PORT), "127.0.0.1");
  process.on("SIGTERM", () => process.exit(0));
}

/** An error of the library is the app's answer: what it says is what a test looks at. */
async function answer(/** @type {((asked: Asked) => Answer | Promise<Answer>) | undefined} */ route, /** @type {Asked} */ asked) {
  try {
    return (await route?.(asked)) ?? { status: 404 };
  } catch (/** @type {any} */ error) {
    const { name, code, message, error: word, error_description, cause } = error;
    return { status: 502, json: { name, code, message, error: word, error_description, cause: String(cause?.message ?? cause ?? "") } };
  }
}
