import { type Address, bool, hostAndPort, matching, objectOf, text } from './setting-values.ts'

/** `capture.proxies` in the file: a proxy that runs within the server. */
export type ProxyConfig = Readonly<{
  name: string
  listen: Address
  upstream: URL
  onAuditFailure: 'pass' | 'reject'
  tlsCert?: string
  tlsKey?: string
  plaintext: boolean
  sign?: Readonly<{ accessKeyId: string; secret: string; sessionToken?: string; host?: string }>
}>

const proxyKeys = ['listen', 'upstream', 'onAuditFailure', 'tls', 'plaintext', 'sign']

/** Reads `capture.proxies`. Throws an Error that names the proxy and its key. */
export function proxySettings(value: unknown): ProxyConfig[] {
  const expected = 'expected proxies by name: {name: {listen: "host:port", upstream: "http://…"}}'
  return Object.entries(objectOf(value, expected)).map(([name, given]) => {
    if (!/^[a-z0-9-]{1,64}$/.test(name)) throw new Error(`a proxy's name is a-z, 0-9, -: ${name}`)
    const proxy = objectOf(given, expected)
    const unknown = Object.keys(proxy).find((key) => !proxyKeys.includes(key))
    if (unknown)
      throw new Error(`${name}: unknown key ${unknown}; known are ${proxyKeys.join(', ')}`)
    const { listen, upstream, onAuditFailure, tls, plaintext, sign } = proxy
    const { cert, key } =
      tls === undefined ? {} : objectOf(tls, `${name}.tls: expected cert and key`)
    if (!cert !== !key) throw new Error(`${name}.tls: cert and key belong together`)
    return {
      name,
      listen: of(`${name}.listen`, () => hostAndPort(listen)),
      upstream: of(`${name}.upstream`, () => upstreamUrl(upstream)),
      onAuditFailure: of(`${name}.onAuditFailure`, () => auditFailure(onAuditFailure)),
      plaintext: of(`${name}.plaintext`, () => bool(plaintext ?? 'false')),
      ...(cert !== undefined && { tlsCert: text(cert), tlsKey: text(key) }),
      ...(sign !== undefined && { sign: signing(name, sign) }),
    }
  })
}

/** Puts the name of a key before what is wrong with its value. */
function of<Value>(key: string, parse: () => Value): Value {
  try {
    return parse()
  } catch (error) {
    throw new Error(`${key}: ${(error as Error).message}`)
  }
}

/** Where a proxy sends calls to: a server, without a path of its own. */
export function upstreamUrl(value: unknown): URL {
  return new URL(matching(/^https?:\/\/[^/?#@]+\/?$/, 'a URL such as http://minio:9000')(value))
}

/** `pass` where absent. */
export function auditFailure(value: unknown): 'pass' | 'reject' {
  return matching(/^(pass|reject)$/, 'pass or reject')(value ?? 'pass') as 'pass' | 'reject'
}

function signing(name: string, value: unknown): NonNullable<ProxyConfig['sign']> {
  const expected = `${name}.sign: expected accessKeyId and secretAccessKey`
  const { accessKeyId, secretAccessKey, sessionToken, host, ...rest } = objectOf(value, expected)
  const [unknown] = Object.keys(rest)
  if (unknown) {
    throw new Error(
      `${name}.sign: unknown key ${unknown}; known are accessKeyId, secretAccessKey, sessionToken, host`,
    )
  }
  if (!accessKeyId || !secretAccessKey) throw new Error(expected)
  return {
    accessKeyId: text(accessKeyId),
    secret: text(secretAccessKey),
    ...(sessionToken !== undefined && { sessionToken: text(sessionToken) }),
    ...(host !== undefined && { host: text(host) }),
  }
}

/** Reads `capture.keys`. */
export function keySettings(value: unknown): Record<string, string> {
  const expected = 'expected ARNs by access key id: {AKIA…: "arn:aws:iam::111122223333:user/alice"}'
  const keys = objectOf(value, expected)
  for (const [key, arn] of Object.entries(keys)) {
    if (/^arn:[^:]*:(iam|sts)::\d{12}:\S+$/.test(String(arn))) continue
    throw new Error(`${key}: ${expected}`)
  }
  return keys as Record<string, string>
}
