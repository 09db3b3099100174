import { resolve } from 'node:path'
import { loadConfig, readConfigFile } from '../config.ts'
import { noAnswer } from '../error-text.ts'
import { readCredentials, readEndpoint } from '../installation.ts'
import { signRequest } from '../wire/sigv4/sign.ts'
import type { Environment } from './environment.ts'

/** Where the server is and who asks. */
export type Connection = Readonly<{
  url: URL
  region: string
  accessKeyId: string
  secret: string
  sessionToken?: string
}>

/** The server refused the call. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly code: string
  readonly status: number

  constructor(code: string, status: number, message: string) {
    super(`${code}: ${message}`)
    this.code = code
    this.status = status
  }
}

/**
 * The server that the AWS variables point at, when they hold both an endpoint and a key; otherwise, or
 * when `--data` names a folder, the one of that data folder. Keys of AWS itself, without an endpoint,
 * are never used.
 */
export function connectionOf(
  options: { data?: string; config?: string },
  { env }: Environment,
): Connection {
  const config = loadConfig({
    file: readConfigFile(options.config),
    env,
    flags: { data: options.data },
  })
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? config.region
  const endpoint = env['AWS_ENDPOINT_URL']
  const [accessKeyId, secret] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']]
  if (options.data === undefined && endpoint && accessKeyId && secret) {
    const sessionToken = env['AWS_SESSION_TOKEN']
    return {
      url: givenUrl('AWS_ENDPOINT_URL', endpoint),
      region,
      accessKeyId,
      secret,
      sessionToken,
    }
  }
  const credentials = readCredentials(config.data)
  if (!credentials) {
    throw new Error(
      `no credentials in ${resolve(config.data)}; start the server first (npm start), name its ` +
        'folder with --data or CONTRAIL_DATA, or set AWS_ENDPOINT_URL and the AWS keys',
    )
  }
  return { url: readEndpoint(config.data), region, ...credentials }
}

/** The URL that an option or a variable gives; throws, naming it, when it is none. */
export function givenUrl(name: string, text: string): URL {
  if (/^https?:\/\/./.test(text) && URL.canParse(text)) return new URL(text)
  throw new Error(`${name} is ${text}; expected a URL such as http://127.0.0.1:4590`)
}

/** Calls an operation of an awsJson1.1 service. Throws CallError when it is refused. */
export async function call<Out>(
  { url, region, accessKeyId, secret, sessionToken }: Connection,
  { service, target, input }: { service: string; target: string; input: object },
  { clock, fetch, version }: Environment,
  signal: AbortSignal,
): Promise<Out> {
  const body = JSON.stringify(input)
  const given = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': target,
    'user-agent': `contrail/${version}`,
  }
  const headers = signRequest({
    method: 'POST',
    url,
    headers: sessionToken ? { ...given, 'x-amz-security-token': sessionToken } : given,
    body,
    service,
    region,
    accessKeyId,
    secret,
    now: clock.now(),
  })
  const failed = (error: Error): never => {
    if (signal.aborted) throw error
    throw new Error(`no answer from ${url.origin} ${noAnswer(error.cause ?? error)}`)
  }
  const response = await fetch(url, { method: 'POST', headers, body, signal }).catch(failed)
  const answer = (await response.json().catch((error) => {
    if (!(error instanceof SyntaxError)) return failed(error)
    throw new Error(`what answers at ${url.origin} (${response.status}) is no Contrail server`)
  })) as Record<string, unknown>
  if (response.ok) return answer as Out
  const code = String(answer['__type'] ?? response.status).replace(/^.*#/, '')
  throw new CallError(code, response.status, String(answer['message'] ?? answer['Message'] ?? ''))
}
