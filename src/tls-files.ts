import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

/** PEM texts of a certificate chain and its private key. */
export type TlsPair = Readonly<{ cert: string; key: string }>

/**
 * What a listener needs for TLS; undefined where no files are named. Throws, naming them, when they do not
 * hold a certificate and its key.
 */
export function readTls({
  tlsCert,
  tlsKey,
}: Readonly<{ tlsCert?: string; tlsKey?: string }>): TlsPair | undefined {
  if (!tlsCert || !tlsKey) return undefined
  const pair = { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') }
  try {
    createSecureContext(pair)
  } catch (cause) {
    throw new Error(`${tlsCert} and ${tlsKey} are no PEM certificate and its private key`, {
      cause,
    })
  }
  return pair
}
