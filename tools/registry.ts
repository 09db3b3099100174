// Condenses every service of botocore's data into `src/registry/models/<service>.json.br`, and what tells
// them apart into `src/registry/services.json`. Usage: tools/registry.ts <botocore/data>
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import type { Member, OperationModel, ServiceModel, Shape } from '../src/gen/model.ts'
import type { ServiceEntry } from '../src/registry/registry.ts'
import { condenseModel, type Raw, readRaw } from './gen.ts'

/** Those that `src/gen` has whole. */
const own = new Set(['cloudtrail', 'cloudtrail-data', 'iam', 's3', 'sts'])

/** Protocols by which the registry's reader finds a model's names; a call's own is found by evidence. */
const readAs: Readonly<Record<string, string>> = { ec2: 'query', 'smithy-rpc-v2-cbor': 'json' }

/** A service's model without what only a client or a server needs: constraints and error lists. */
function captured(raw: Raw): ServiceModel {
  const { metadata } = raw
  const protocol = readAs[metadata['protocol']] ?? metadata['protocol']
  const jsonVersion = metadata['jsonVersion'] ?? '1.0'
  const model = condenseModel({ ...raw, metadata: { ...metadata, protocol, jsonVersion } }, {})
  const nameOf = (name: string) => plainName(name, model.shapes[name]!)
  const shapes = Object.entries(model.shapes).map(([name, shape]) => {
    return [nameOf(name), slim(shape, nameOf)] as const
  })
  const renamed = Object.entries(model.errors).filter(([code, { name }]) => code !== name)
  return {
    ...model,
    operations: mapValues(model.operations, bare),
    shapes: Object.fromEntries(shapes),
    errors: Object.fromEntries(renamed),
  }
}

function bare(operation: OperationModel): OperationModel {
  return { ...operation, errors: [] }
}

/** Scalars of which nothing is left but their type share one shape. */
function plainName(name: string, shape: Shape): string {
  if (shape.type === 'structure' || shape.type === 'list' || shape.type === 'map') return name
  const { type, sensitive, timestampFormat, streaming } = shape
  return sensitive || timestampFormat || streaming ? name : `.${type}`
}

function slim(shape: Shape, nameOf: (name: string) => string): Shape {
  switch (shape.type) {
    case 'structure': {
      const { members, required, payload, sensitive, document } = shape
      const slimmed = mapValues(members, (member) => ({ ...member, shape: nameOf(member.shape) }))
      return {
        type: 'structure',
        members: slimmed,
        required: routing(members, required),
        payload,
        sensitive,
        document,
      }
    }
    case 'list': {
      const { member, memberName, flattened, sensitive } = shape
      return { type: 'list', member: nameOf(member), memberName, flattened, sensitive }
    }
    case 'map': {
      const { key, value, keyName, valueName, flattened, sensitive } = shape
      return {
        type: 'map',
        key: nameOf(key),
        value: nameOf(value),
        keyName,
        valueName,
        flattened,
        sensitive,
      }
    }
    default: {
      const { type, timestampFormat, streaming, sensitive } = shape
      return { type, timestampFormat, streaming, sensitive }
    }
  }
}

/** Required members that tell one REST operation from another. */
function routing(
  members: Readonly<Record<string, Member>>,
  required: readonly string[] = [],
): string[] | undefined {
  const found = required.filter((name) =>
    /^(querystring|header)$/.test(members[name]!.location ?? ''),
  )
  return found.length > 0 ? found : undefined
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

function entry(name: string, raw: Raw): ServiceEntry {
  const { protocol, endpointPrefix, apiVersion } = raw.metadata
  return {
    name,
    signingName: raw.metadata['signingName'] ?? endpointPrefix,
    endpointPrefix,
    apiVersion,
    isQuery: /query|ec2/.test(String(raw.metadata['protocols'] ?? protocol)) || undefined,
    isEc2: protocol === 'ec2' || undefined,
    isRest: protocol.startsWith('rest') || undefined,
    targetPrefix: raw.metadata['targetPrefix'],
    isOwn: own.has(name) || undefined,
  }
}

/** The names of all services in botocore's data. */
function servicesIn(folder: string): string[] {
  const found = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory())
  return found.map(({ name }) => name).sort()
}

/** The models of services, by their names, but for those that `src/gen` has. */
export function registryFiles(folder: string, names: readonly string[]): Map<string, string> {
  const written = names.filter((name) => !own.has(name))
  return new Map(written.map((name) => [name, JSON.stringify(captured(readRaw(folder, name)))]))
}

/** What tells all the services apart, a line for each. */
function servicesFile(folder: string, names: readonly string[]): string {
  const entries = names.map((name) => JSON.stringify(entry(name, readRaw(folder, name))))
  return `[\n${entries.join(',\n')}\n]\n`
}

function compressed(text: string): Buffer {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 }
  return brotliCompressSync(text, { params })
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2]
  if (!folder) throw new Error('usage: tools/registry.ts <botocore/data>')
  const room = join(import.meta.dirname, '../src/registry')
  rmSync(join(room, 'models'), { recursive: true, force: true })
  mkdirSync(join(room, 'models'))
  const names = servicesIn(folder)
  writeFileSync(join(room, 'services.json'), servicesFile(folder, names))
  for (const [name, text] of registryFiles(folder, names)) {
    writeFileSync(join(room, `models/${name}.json.br`), compressed(text))
  }
}
