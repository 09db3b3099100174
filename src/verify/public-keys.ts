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

/** Asks an endpoint for the keys of a Region that were valid in a time. */
export type ListKeys = (region: string, from: number, until: number) => Promise<PublicKey[]>

/** Finds keys by asking for them, once for each time and Region; a key serves for weeks, so seldom. */
export function askingKeyFinder(list: ListKeys): FindKey {
  const regions = new Map<string, { keys: Map<string, PublicKey>; queue: Promise<unknown> }>()
  return async ({ fingerprint, region, from, until }) => {
    const known = regions.get(region) ?? { keys: new Map(), queue: Promise.resolve() }
    regions.set(region, known)
    const found = known.keys.get(fingerprint)
    if (found) return found
    // One after another: many digests with one key are read at once, and one answer serves them all.
    const asked = known.queue.then(async () => {
      if (known.keys.has(fingerprint)) return
      for (const key of await list(region, from, until)) known.keys.set(key.fingerprint, key)
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
