import { createPublicKey } from 'node:crypto'
import { type FindKey, type PublicKey, pkcs1Der, publicKeyFromDer } from '../digest/public-key.ts'

/** An entry of ListPublicKeys, as the wire (numbers) or the AWS CLI's output (text) has its times. */
type ListedKey = Readonly<{
  Value?: string
  Fingerprint?: string
  ValidityStartTime?: number | string
  ValidityEndTime?: number | string
}>

/** The keys of an answer of ListPublicKeys. Throws when an entry holds no key. */
export function readKeyList(answer: unknown): PublicKey[] {
  const list = (answer as { PublicKeyList?: readonly ListedKey[] }).PublicKeyList
  if (!Array.isArray(list)) throw new Error('no PublicKeyList in it')
  return list.map((entry: ListedKey) => {
    const key = publicKeyFromDer(Buffer.from(entry.Value ?? '', 'base64'), {
      validFrom: milliseconds(entry.ValidityStartTime),
      validUntil: milliseconds(entry.ValidityEndTime),
    })
    return entry.Fingerprint ? { ...key, fingerprint: entry.Fingerprint } : key
  })
}

/**
 * The keys in a file: what `aws cloudtrail list-public-keys` printed (one answer, or a list of them),
 * PEM, or DER. Throws when it is none of these.
 */
export function readKeyFile(bytes: Buffer): PublicKey[] {
  const text = bytes.toString('latin1')
  if (/^\s*[[{]/.test(text)) {
    const value: unknown = JSON.parse(bytes.toString())
    return Array.isArray(value) ? value.flatMap(readKeyList) : readKeyList(value)
  }
  const blocks = text.match(/-----BEGIN (?:RSA )?PUBLIC KEY-----.*?-----END [^-]*-----/gs)
  if (!blocks) return [publicKeyFromDer(bytes)]
  return blocks.map((pem) => publicKeyFromDer(pkcs1Der(createPublicKey(pem))))
}

const day = 24 * 3600_000

/** Asks an endpoint for the keys of a Region that were valid in a time. */
export type ListKeys = (region: string, from: number, until: number) => Promise<PublicKey[]>

type Known = {
  readonly keys: Map<string, PublicKey>
  /** Times that were asked about. */
  readonly asked: Set<string>
  queue: Promise<unknown>
}

/**
 * Finds keys by asking for them. A key serves for weeks, so that is seldom; and never twice about the same
 * days, as the keys that forged digests name are not there the second time either.
 */
export function askingKeyFinder(list: ListKeys): FindKey {
  const regions = new Map<string, Known>()
  return async ({ fingerprint, region, ...time }) => {
    const from = Math.floor(time.from / day) * day
    const until = Math.ceil(time.until / day) * day
    const known = regions.get(region) ?? {
      keys: new Map(),
      asked: new Set(),
      queue: Promise.resolve(),
    }
    regions.set(region, known)
    const found = known.keys.get(fingerprint)
    if (found) return found
    // One after another: many digests with one key are read at once, and one answer serves them all.
    const asked = known.queue.then(async () => {
      if (known.keys.has(fingerprint) || known.asked.has(`${from} ${until}`)) return
      for (const key of await list(region, from, until)) known.keys.set(key.fingerprint, key)
      known.asked.add(`${from} ${until}`)
    })
    known.queue = asked.catch(() => {})
    await asked
    return known.keys.get(fingerprint)
  }
}

function milliseconds(time: number | string | undefined): number | undefined {
  if (time === undefined) return undefined
  const ms = typeof time === 'number' ? time * 1000 : Date.parse(time)
  return Number.isNaN(ms) ? undefined : ms
}
