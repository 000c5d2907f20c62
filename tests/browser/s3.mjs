// @ts-check
// An S3 server with one bucket for the tests: node s3.mjs FOLDER PORT. s3rver does not calculate
// Signature Version 4, so that is done here, from what came over the wire.
import { createHash, createHmac } from "node:crypto";
import { createServer } from "node:http";
import process from "node:process";
import S3rver from "s3rver";

const BUCKET = "pictures";
const SECRET = "S3RVER";
const REFUSED = "<Error><Code>SignatureDoesNotMatch</Code></Error>";

/** @param {import("node:http").IncomingMessage} request */
function isSigned({ method, url = "", headers }) {
  const form = /^AWS4-HMAC-SHA256 Credential=S3RVER\/([^,]+),SignedHeaders=([^,]+),Signature=(\w+)$/;
  const [, scope = "", names = "", signature] = form.exec(headers.authorization ?? "") ?? [];
  const every = Object.keys(headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  if (!every.every((name) => names.split(";").includes(name))) return false;
  const [path, query = ""] = url.split("?");
  const lines = names.split(";").map((name) => `${name}:${headers[name]}\n`);
  const body = headers["x-amz-content-sha256"];
  const sorted = query.split("&").sort().join("&");
  const whole = [method, path, sorted, lines.join(""), names, body].join("\n");
  const hash = createHash("sha256").update(whole).digest("hex");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hash].join("\n");
  const sign = (/** @type {string | Buffer} */ key, /** @type {string} */ said) =>
    createHmac("sha256", key).update(said).digest();
  const key = scope.split("/").reduce(sign, /** @type {string | Buffer} */ (`AWS4${SECRET}`));
  return sign(key, text).toString("hex") === signature;
}

const [directory, port] = process.argv.slice(2);
const s3 = new S3rver({ directory, silent: true, configureBuckets: [{ name: BUCKET }] });
await s3.configureBuckets();
const answer = s3.callback();
createServer((request, response) => {
  if (isSigned(request)) return void answer(request, response);
  response.writeHead(403, { "content-type": "application/xml" }).end(REFUSED);
}).listen(Number(port), "127.0.0.1");
