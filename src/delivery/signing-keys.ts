import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { fingerprintOf, pkcs1Der } from '../digest/public-key.ts'
import type { Transaction } from '../operation.ts'
import type { State } from '../state/contract.ts'

/**
 * A key that digests of one Region are signed with: document `signing-key`, key
 * `<region>/<validity start, 13 digits>`. Kept for ever, for whoever verifies.
 */
export type SigningKey = Readonly<{
  /** Lower-case hex MD5 of `publicKey`'s bytes. */
  fingerprint: string
  /** PKCS#1 DER in base64. */
  publicKey: string
  /** PKCS#8 DER in base64; gone once the key can sign nothing more, so that nobody can take it later. */
  privateKey?: string
  /** Milliseconds since the epoch. */
  validFrom: number
  validUntil: number
}>

export type Signer = Readonly<{ privateKey: KeyObject; fingerprint: string }>

/** The keys of each Region: made when needed, used while they are valid. */
export interface SigningKeys {
  /**
   * A key that is valid at `time` and long enough after it for `aws cloudtrail validate-logs`, which asks for
   * keys of that time only; the one called `fingerprint` if it is such a key.
   */
  signer(region: string, time: number, fingerprint?: string): Promise<Signer>
  /**
   * Takes the private keys away that were valid before `time` only: no digest that is to come ends so early.
   */
  dropPrivate(time: number): Promise<void>
}

export type SigningKeysOptions = Readonly<{
  state: Pick<State, 'begin' | 'commit'>
  /** RSA, 2,048 bits, off this thread; another one in tests, as making a key takes a while. */
  makePair?: () => Promise<Readonly<{ publicKey: KeyObject; privateKey: KeyObject }>>
}>

const hour = 3600_000
/** Exactly so long in all of AWS's samples. */
const validity = 30 * 24 * hour
/** A key begins so long before the first digest that it signs: it overlaps the one before it. */
const overlap = 24 * hour
/** validate-logs asks for keys that are valid from a digest's end to two hours after it. */
const usableAfter = 2 * hour

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html */
export function openSigningKeys(options: SigningKeysOptions): SigningKeys {
  return new StoredKeys(options)
}

/** The keys of a Region that are valid at any moment from `start` to `end`, oldest first. */
export function keysBetween(
  tx: Transaction,
  region: string,
  start: number,
  end: number,
): SigningKey[] {
  return keysOf(tx, region).filter((key) => key.validFrom <= end && key.validUntil >= start)
}

class StoredKeys implements SigningKeys {
  readonly #state: SigningKeysOptions['state']
  readonly #makePair: NonNullable<SigningKeysOptions['makePair']>
  /** One key is made at a time: each takes a thread from those that the disk is written with. */
  #making: Promise<unknown> = Promise.resolve()

  constructor({ state, makePair = makeRsaPair }: SigningKeysOptions) {
    this.#state = state
    this.#makePair = makePair
  }

  async signer(region: string, time: number, fingerprint?: string): Promise<Signer> {
    const signer = this.#find(region, time, fingerprint)
    if (signer) return signer
    const made = this.#making.then(() => this.#find(region, time) ?? this.#make(region, time))
    this.#making = made.catch(() => undefined)
    return await made
  }

  async dropPrivate(time: number): Promise<void> {
    const tx = this.#state.begin()
    for (const [id, { privateKey, ...publicPart }] of tx.list<SigningKey>('signing-key')) {
      if (privateKey && publicPart.validUntil < time) tx.put('signing-key', id, publicPart)
    }
    if (tx.dirty) await this.#state.commit(tx)
  }

  /** The newest key where no certain one is asked for. */
  #find(region: string, time: number, fingerprint?: string): Signer | undefined {
    const usable = keysOf(this.#state.begin(), region).filter(
      ({ privateKey, validFrom, validUntil }) =>
        privateKey && validFrom <= time && validUntil >= time + usableAfter,
    )
    const key = usable.find((one) => one.fingerprint === fingerprint) ?? usable.at(-1)
    return key && { privateKey: readPrivateKey(key.privateKey!), fingerprint: key.fingerprint }
  }

  async #make(region: string, time: number): Promise<Signer> {
    const { publicKey, privateKey } = await this.#makePair()
    const fingerprint = fingerprintOf(publicKey)
    const tx = this.#state.begin()
    let validFrom = Math.floor((time - overlap) / 1_000) * 1_000
    while (tx.get('signing-key', keyOf(region, validFrom))) validFrom -= 1_000
    const key: SigningKey = {
      fingerprint,
      publicKey: pkcs1Der(publicKey).toString('base64'),
      privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      validFrom,
      validUntil: validFrom + validity,
    }
    tx.put('signing-key', keyOf(region, validFrom), key)
    await this.#state.commit(tx)
    return { privateKey, fingerprint }
  }
}

function keysOf(tx: Transaction, region: string): SigningKey[] {
  return tx.list<SigningKey>('signing-key', `${region}/`).map(([, key]) => key)
}

function keyOf(region: string, validFrom: number): string {
  return `${region}/${String(validFrom).padStart(13, '0')}`
}

function readPrivateKey(base64: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' })
}

function makeRsaPair() {
  return promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
}
