import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { loadModel, type ModelName } from '../gen/load.ts'
import type { ServiceModel } from '../gen/model.ts'
import { limits } from '../limits.ts'
import { type RestRoutes, restRoutes } from '../wire/rest-routes.ts'

/** What tells a service from others, without its model; `tools/registry.ts` writes them. */
export type ServiceEntry = Readonly<{
  /** botocore's: `elbv2`. */
  name: string
  signingName: string
  /** In front of AWS's host names: `monitoring`. */
  endpointPrefix: string
  apiVersion: string
  /** The last part of X-Amz-Target's, before its dot. */
  targetPrefix?: string
  isQuery?: true
  isEc2?: true
  isRest?: true
  /** Its model is one of `src/gen`'s. */
  isOwn?: true
}>

/** A service's model, and where its REST operations are found. */
export type LoadedService = Readonly<{ model: ServiceModel; routes: RestRoutes }>

/** Scopes of S3's for which other models than theirs are signed too. */
const speaksAsS3 = new Set(['s3express', 's3-object-lambda', 's3-outposts'])

type Index = Readonly<{
  bySigningName: ReadonlyMap<string, readonly ServiceEntry[]>
  byTargetPrefix: ReadonlyMap<string, readonly ServiceEntry[]>
  byEndpointPrefix: ReadonlyMap<string, readonly ServiceEntry[]>
  byVersion: ReadonlyMap<string, readonly ServiceEntry[]>
}>

/**
 * All services that have a public model. Nothing is read before it is asked for, and of the models only those
 * used last are held, so that a stranger who names one service after the other does not fill the memory.
 */
export class Registry {
  #index: Index | undefined
  readonly #loaded = new Map<string, LoadedService>()

  /** Several services may share a name to sign for; none where nobody has it. */
  servicesOf(signingName: string): readonly ServiceEntry[] {
    const { bySigningName } = this.#indexed()
    const named = bySigningName.get(signingName) ?? []
    return speaksAsS3.has(signingName) ? [...named, ...bySigningName.get('s3')!] : named
  }

  /** By what stands before the last dot of X-Amz-Target; namespaces in front of it do not count. */
  byTargetPrefix(prefix: string): readonly ServiceEntry[] {
    return this.#indexed().byTargetPrefix.get(lastPart(prefix)) ?? []
  }

  /** By the word in front of AWS's host names. */
  byEndpointPrefix(prefix: string): readonly ServiceEntry[] {
    return this.#indexed().byEndpointPrefix.get(prefix) ?? []
  }

  /** Query services by their version. */
  byVersion(apiVersion: string): readonly ServiceEntry[] {
    return this.#indexed().byVersion.get(apiVersion) ?? []
  }

  load(entry: ServiceEntry): LoadedService {
    const { name } = entry
    const found = this.#loaded.get(name)
    this.#loaded.delete(name)
    const loaded = found ?? read(entry)
    this.#loaded.set(name, loaded)
    const [oldest] = this.#loaded.keys()
    if (this.#loaded.size > limits.registryModelsMax) this.#loaded.delete(oldest!)
    return loaded
  }

  #indexed(): Index {
    this.#index ??= indexed()
    return this.#index
  }
}

function read({ name, isOwn }: ServiceEntry): LoadedService {
  const model = isOwn ? loadModel(name as ModelName) : readModel(name)
  return { model, routes: restRoutes(model) }
}

function readModel(name: string): ServiceModel {
  const bytes = readFileSync(new URL(`./models/${name}.json.br`, import.meta.url))
  return JSON.parse(brotliDecompressSync(bytes).toString())
}

function indexed(): Index {
  const text = readFileSync(new URL('./services.json', import.meta.url), 'utf8')
  const entries: readonly ServiceEntry[] = JSON.parse(text)
  const by = (keyOf: (entry: ServiceEntry) => string | undefined) => {
    return new Map(Object.entries(Object.groupBy(entries, (entry) => keyOf(entry) ?? ''))) as Map<
      string,
      ServiceEntry[]
    >
  }
  return {
    bySigningName: by(({ signingName }) => signingName),
    byTargetPrefix: by(({ targetPrefix }) => targetPrefix && lastPart(targetPrefix)),
    byEndpointPrefix: by(({ endpointPrefix }) => endpointPrefix),
    byVersion: by(({ isQuery, apiVersion }) => (isQuery ? apiVersion : undefined)),
  }
}

function lastPart(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('.') + 1)
}
