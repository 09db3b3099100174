// Condenses botocore's service models into `src/gen/<service>.json` (see gen/model.ts) and
// `src/gen/<service>-types.ts`. Usage: tools/gen.ts <botocore/data>
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ErrorModel, Member, OperationModel, ServiceModel, Shape } from '../src/gen/model.ts'

type Source = Readonly<{
  /** Its folder in botocore's data. */
  name: string
  /** What clients send that botocore does not know of. */
  also?: Partial<Pick<ServiceModel, 'targetPrefixes' | 'xmlNamespace'>>
  /** What botocore does not say of an operation, as its client needs it not. */
  operations?: Readonly<Record<string, Partial<OperationModel>>>
  /** Old spellings of requests that another operation has in a newer one. */
  without?: readonly string[]
  /** Members newer than the botocore that NOTICE names: the shape of each, by structure. */
  newer?: Readonly<Record<string, Readonly<Record<string, string>>>>
}>

const services: readonly Source[] = [
  {
    name: 'cloudtrail',
    also: {
      targetPrefixes: [
        'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
        'CloudTrail_20131101',
      ],
    },
    newer: {
      CreateTrailRequest: { RecursiveLogging: 'Boolean' },
      CreateTrailResponse: { RecursiveLogging: 'Boolean' },
      Trail: { RecursiveLogging: 'Boolean' },
      UpdateTrailRequest: { RecursiveLogging: 'Boolean' },
      UpdateTrailResponse: { RecursiveLogging: 'Boolean' },
    },
  },
  { name: 'cloudtrail-data' },
  { name: 'iam' },
  {
    name: 's3',
    also: { xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/' },
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
    operations: {
      CompleteMultipartUpload: { resultWrapper: 'CompleteMultipartUploadResult' },
      CreateMultipartUpload: { resultWrapper: 'InitiateMultipartUploadResult' },
      CreateSession: { resultWrapper: 'CreateSessionResult' },
      DeleteObjects: { resultWrapper: 'DeleteResult' },
      GetBucketAccelerateConfiguration: { resultWrapper: 'AccelerateConfiguration' },
      GetBucketAcl: { resultWrapper: 'AccessControlPolicy' },
      GetBucketCors: { resultWrapper: 'CORSConfiguration' },
      GetBucketLifecycleConfiguration: { resultWrapper: 'LifecycleConfiguration' },
      GetBucketLocation: { resultWrapper: 'LocationConstraint', unwrapped: true },
      GetBucketLogging: { resultWrapper: 'BucketLoggingStatus' },
      GetBucketNotificationConfiguration: { resultWrapper: 'NotificationConfiguration' },
      GetBucketRequestPayment: { resultWrapper: 'RequestPaymentConfiguration' },
      GetBucketTagging: { resultWrapper: 'Tagging' },
      GetBucketVersioning: { resultWrapper: 'VersioningConfiguration' },
      GetBucketWebsite: { resultWrapper: 'WebsiteConfiguration' },
      GetObjectAcl: { resultWrapper: 'AccessControlPolicy' },
      GetObjectAttributes: { resultWrapper: 'GetObjectAttributesResponse' },
      GetObjectLegalHold: { resultWrapper: 'LegalHold' },
      GetObjectRetention: { resultWrapper: 'Retention' },
      GetObjectTagging: { resultWrapper: 'Tagging' },
      ListBucketAnalyticsConfigurations: {
        resultWrapper: 'ListBucketAnalyticsConfigurationResult',
      },
      ListBucketInventoryConfigurations: { resultWrapper: 'ListInventoryConfigurationsResult' },
      ListBucketMetricsConfigurations: { resultWrapper: 'ListMetricsConfigurationsResult' },
      ListBuckets: { resultWrapper: 'ListAllMyBucketsResult' },
      ListDirectoryBuckets: { resultWrapper: 'ListAllMyDirectoryBucketsResult' },
      ListMultipartUploads: { resultWrapper: 'ListMultipartUploadsResult' },
      ListObjectVersions: { resultWrapper: 'ListVersionsResult' },
      ListObjects: { resultWrapper: 'ListBucketResult' },
      ListObjectsV2: { resultWrapper: 'ListBucketResult' },
      ListParts: { resultWrapper: 'ListPartsResult' },
    },
    without: [
      'GetBucketLifecycle',
      'GetBucketNotification',
      'PutBucketLifecycle',
      'PutBucketNotification',
    ],
  },
  { name: 'sts' },
]

const protocols: Record<string, ServiceModel['protocol']> = {
  'json1.0': 'awsJson1.0',
  'json1.1': 'awsJson1.1',
  query: 'awsQuery',
  'rest-json': 'restJson1',
  'rest-xml': 'restXml',
}

/** A service's model as botocore ships it. */
export type Raw = {
  metadata: Record<string, any>
  operations: Record<string, any>
  shapes: Record<string, any>
}

/** The model of a service: what its operations reach, without the documentation. */
export function condenseModel(
  raw: Raw,
  { also, operations: more, without }: Omit<Source, 'name'>,
): ServiceModel {
  const { metadata } = raw
  const reachable = new Set<string>()
  const operations: Record<string, OperationModel> = {}
  const errors: Record<string, ErrorModel> = {}
  for (const name of Object.keys(raw.operations).sort()) {
    if (without?.includes(name)) continue
    const operation = raw.operations[name]
    for (const member of ['input', 'output']) visit(raw, operation[member]?.shape, reachable)
    for (const { shape } of operation.errors ?? []) errors[wireCode(raw, shape)] = error(raw, shape)
    operations[name] = { ...operationModel(raw, operation), ...more?.[name] }
  }
  const shapes: Record<string, Shape> = {}
  for (const name of [...reachable].sort()) shapes[name] = condense(raw.shapes[name], raw)
  const protocol =
    metadata['protocol'] === 'json' ? `json${metadata['jsonVersion']}` : metadata['protocol']
  return {
    signingName: metadata['signingName'] ?? metadata['endpointPrefix'],
    apiVersion: metadata['apiVersion'],
    protocol: protocols[protocol]!,
    targetPrefixes: metadata['targetPrefix'] && [metadata['targetPrefix']],
    xmlNamespace: metadata['xmlNamespace']?.uri ?? metadata['xmlNamespace'],
    ...also,
    operations,
    shapes,
    errors,
  }
}

/** JSON with a line for each operation, shape and error, so that a new model shows as a short diff. */
function json(model: ServiceModel): string {
  const members = Object.entries(model).filter(([, value]) => value !== undefined)
  const lines = members.map(([key, value]) => {
    if (!['operations', 'shapes', 'errors'].includes(key)) return line(key, value)
    const entries = Object.entries(value).map(([name, one]) => line(name, one))
    return `${JSON.stringify(key)}: {\n${entries.join(',\n')}\n}`
  })
  return `{\n${lines.join(',\n')}\n}\n`
}

function line(key: string, value: unknown): string {
  return `${JSON.stringify(key)}: ${JSON.stringify(value)}`
}

function operationModel(raw: Raw, operation: any): OperationModel {
  return {
    input: operation.input?.shape,
    output: operation.output?.shape,
    resultWrapper: operation.output?.resultWrapper,
    http: raw.metadata['protocol'].startsWith('rest')
      ? {
          method: operation.http.method,
          uri: operation.http.requestUri,
          status: operation.http.responseCode,
        }
      : undefined,
    errors: (operation.errors ?? []).map(({ shape }: { shape: string }) => wireCode(raw, shape)),
  }
}

function wireCode(raw: Raw, shape: string): string {
  return raw.shapes[shape].error?.code ?? shape
}

function error(raw: Raw, name: string): ErrorModel {
  const shape = raw.shapes[name]
  return { status: shape.error?.httpStatusCode ?? (shape.fault ? 500 : 400), name }
}

function visit(raw: Raw, name: string | undefined, seen: Set<string>): void {
  if (name === undefined || seen.has(name)) return
  seen.add(name)
  const shape = raw.shapes[name]
  const members = Object.values<any>(shape.members ?? {})
  for (const member of [...members, shape.member, shape.key, shape.value]) {
    visit(raw, member?.shape, seen)
  }
}

function condense(shape: any, raw: Raw): Shape {
  const { type, enum: values, min, max, pattern, timestampFormat, sensitive, flattened } = shape
  const limits = { min, max, flattened, sensitive }
  if (type === 'structure') {
    const members = Object.entries<any>(shape.members ?? {}).map(([name, one]) => [
      name,
      member(one, raw),
    ])
    const { required, payload, union, document } = shape
    return {
      type,
      members: Object.fromEntries(members),
      required: required?.length ? required : undefined,
      payload,
      union,
      sensitive,
      document,
    }
  }
  if (type === 'list') {
    return { type, member: shape.member.shape, memberName: shape.member.locationName, ...limits }
  }
  if (type === 'map') {
    const { key, value } = shape
    const names = { keyName: key.locationName, valueName: value.locationName }
    return { type, key: key.shape, value: value.shape, ...names, ...limits }
  }
  return {
    type,
    enum: values,
    min,
    max,
    pattern,
    timestampFormat,
    sensitive,
    streaming: shape.streaming,
  }
}

function member(one: any, raw: Raw): Member {
  const { shape, location, locationName, flattened, xmlAttribute, streaming } = one
  const xmlNamespace = one.xmlNamespace ?? raw.shapes[shape].xmlNamespace
  const ofEc2 = locationName && locationName[0].toUpperCase() + locationName.slice(1)
  const queryName = one.queryName === ofEc2 ? undefined : one.queryName
  return {
    shape,
    location,
    locationName,
    queryName,
    flattened,
    xmlAttribute,
    xmlNamespace,
    streaming,
  }
}

function types(model: ServiceModel, service: string): string {
  const structures = Object.entries(model.shapes).filter(([, shape]) => shape.type === 'structure')
  const text = structures.map(([name, shape]) => {
    const { members, required = [] } = shape as Extract<Shape, { type: 'structure' }>
    const lines = Object.entries(members).map(
      ([key, { shape: of, streaming }]) =>
        `  ${key}${required.includes(key) ? '' : '?'}: ${streaming ? stream : typeOf(model, of)}\n`,
    )
    return `export type ${name} = {${lines.length > 0 ? '\n' : ''}${lines.join('')}}\n`
  })
  const source = `from the ${service} model (botocore, Apache-2.0; see NOTICE)`
  return `// Generated by tools/gen.ts ${source}.\n\n${text.join('\n')}`
}

/** A body that is not held in memory. */
const stream = 'AsyncIterable<Buffer>'

function typeOf(model: ServiceModel, name: string): string {
  const shape = model.shapes[name]!
  switch (shape.type) {
    case 'structure':
      return name
    case 'list':
      return `Array<${typeOf(model, shape.member)}>`
    case 'map':
      return `Record<string, ${typeOf(model, shape.value)}>`
    case 'string':
      return shape.enum?.map((value) => `'${value}'`).join(' | ') ?? 'string'
    case 'boolean':
      return 'boolean'
    case 'timestamp':
      return 'Date'
    case 'blob':
      return 'Buffer'
    default:
      return 'number'
  }
}

/** A service's newest model below a botocore data folder. */
export function readRaw(folder: string, name: string): Raw {
  const version = readdirSync(join(folder, name)).sort().at(-1)!
  return JSON.parse(
    gunzipSync(readFileSync(join(folder, name, version, 'service-2.json.gz'))).toString(),
  )
}

/** Every generated file, by its name in src/gen. */
export function generatedFiles(folder: string): Map<string, string> {
  return new Map(
    services.flatMap((source) => {
      const { name, newer = {} } = source
      const raw = readRaw(folder, name)
      for (const [structure, members] of Object.entries(newer)) {
        for (const [one, shape] of Object.entries(members)) {
          raw.shapes[structure].members[one] ??= { shape }
        }
      }
      const model = condenseModel(raw, source)
      return [
        [`${name}.json`, json(model)],
        [`${name}-types.ts`, types(model, raw.metadata['serviceFullName'])],
      ] as const
    }),
  )
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2]
  if (!folder) throw new Error('usage: tools/gen.ts <botocore/data>')
  for (const [name, text] of generatedFiles(folder)) {
    writeFileSync(join(import.meta.dirname, '../src/gen', name), text)
  }
}
