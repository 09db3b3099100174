import { loadModel, type ModelName } from '../../../src/gen/load.ts'
import type { OperationModel, ServiceModel } from '../../../src/gen/model.ts'
import { awsJson } from '../../../src/wire/aws-json.ts'
import { awsQuery } from '../../../src/wire/aws-query.ts'
import type { Codec, WireRequest } from '../../../src/wire/codec.ts'
import { restJson } from '../../../src/wire/rest-json.ts'
import { restXml } from '../../../src/wire/rest-xml.ts'
import { validate } from '../../../src/wire/validate.ts'
import { parseXml } from '../../../src/wire/xml.ts'
import type { Target } from '../fuzzer.ts'
import { refusal } from './refusal.ts'

type Sample = string | number | boolean | Sample[] | { [member: string]: Sample }

/** Something of the shape, for the fuzzer to begin with. */
function sample(name: string, model: ServiceModel, depth = 0): Sample {
  const shape = model.shapes[name]!
  switch (shape.type) {
    case 'structure': {
      const members = Object.entries(shape.members).slice(0, depth > 3 ? 0 : 8)
      return Object.fromEntries(members.map(([k, m]) => [k, sample(m.shape, model, depth + 1)]))
    }
    case 'list':
      return [sample(shape.member, model, depth + 1)]
    case 'map':
      return { key: sample(shape.value, model, depth + 1) }
    case 'boolean':
      return true
    case 'timestamp':
      return (
        { awsQuery: '2026-11-21T04:44:23Z', restXml: new Date(0) as never }[
          model.protocol as string
        ] ?? 1_795_236_263.5
      )
    case 'string':
      return shape.enum?.[0] ?? 'arn:aws:a'
    case 'blob':
      return 'QQ=='
    default:
      return 1
  }
}

function form(value: Sample, path: string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((v, i) => form(v, [...path, 'member', `${i + 1}`]))
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([k, v]) => form(v, [...path, k]))
  return [`${path.join('.')}=${encodeURIComponent(value)}`]
}

/** The words that end the query and the headers, which REST protocols look at, before the body. */
const headEnd = '\n\n'

function readRequest(bytes: Buffer, labels: WireRequest['labels']): WireRequest {
  const end = bytes.indexOf(headEnd)
  const [query = '', ...lines] = bytes.toString('latin1', 0, Math.max(end, 0)).split('\n')
  const pairs = lines
    .map((line) => line.split(/:(.*)/s))
    .map(([name, value]) => [name, value ?? ''])
  const headers = Object.fromEntries(pairs)
  return { body: bytes.subarray(end < 0 ? 0 : end + headEnd.length), query, labels, headers }
}

/**
 * The first two bytes choose the operation. Input is refused or read; what was read can be written and
 * read again unchanged, and a refusal is not much longer than what it refuses.
 */
function codecTarget(name: string, codec: Codec, model: ServiceModel, tokens: string[]): Target {
  // PutBucketNotification, long replaced, has two members for one element: it cannot be written again.
  const operations = Object.entries(model.operations).filter(([n]) => n !== 'PutBucketNotification')
  const written = { name: 'Operation', requestId: 'id' }
  return {
    name,
    seeds: operations.map(([, { input }], i) => {
      const value = input === undefined ? {} : sample(input, model)
      const choice = Buffer.of(i >> 8, i & 255)
      return Buffer.concat([
        choice,
        seedBody(codec, value, { input, output: input, errors: [] }, model),
      ])
    }),
    tokens: [...tokens, headEnd],
    run(bytes) {
      const index = ((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) % operations.length
      const [operation, { input, http }] = operations[index]!
      const shape = { input, output: input, resultWrapper: 'Result', errors: [], http }
      const labels = Object.fromEntries(
        [...(http?.uri.matchAll(/\{(\w+)\+?\}/g) ?? [])].map(([, label]) => [label, 'ü/b']),
      )
      const request = readRequest(bytes.subarray(2), labels)
      try {
        const value = codec.parse(request, shape, model)
        const text = unlessRefused(() => codec.answer(value, shape, model, written))
        if (codec === awsQuery) checkXml(String(text.body))
        else if (typeof text.body === 'string') {
          const body = Buffer.from(text.body)
          const again = unlessRefused(() =>
            codec.answer(codec.parse({ ...request, body }, shape, model), shape, model, written),
          )
          if (again.body !== text.body) throw new TypeError('written and read again it is another')
        }
        for (const header of Object.values(text.headers)) {
          if (!/^[\t -~]*$/.test(header)) throw new TypeError('no text for a header')
        }
        if (input !== undefined) validate(value, input, model)
        return `${operation} taken`
      } catch (error) {
        const { message } = error as Error
        if (message.length > 32_768 + 8 * bytes.length) throw new Error('a refusal without end')
        return `${operation} ${refusal(error)}`
      }
    },
  }
}

function seedBody(codec: Codec, value: Sample, shape: OperationModel, model: ServiceModel): Buffer {
  if (codec === awsQuery) return Buffer.from(form(value).join('&'))
  if (codec !== restXml) return Buffer.from(`a=b\nx-a:1${headEnd}${JSON.stringify(value)}`)
  const { body } = restXml.answer(value as Record<string, unknown>, shape, model, {
    name: '',
    requestId: '',
  })
  return Buffer.from(`a=b&max-keys=5\nx-amz-acl:private\nx-amz-meta-a:b${headEnd}${body}`)
}

/** What was read must be writable: a refusal here is a finding too. */
function unlessRefused<T>(step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw new TypeError(`read but cannot be written and read again: ${error}`)
  }
}

/** XML that reads back, and that holds nothing XML forbids. */
function checkXml(text: string): void {
  unlessRefused(() => parseXml(text))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that may not be there
  if (/[\0-\x08\x0b\x0c\x0e-\x1f]|\p{Cs}/u.test(text))
    throw new TypeError('a character XML forbids')
}

export function wireTargets(): Target[] {
  return [
    jsonTarget('aws-json', awsJson, 'cloudtrail'),
    queryTarget(),
    jsonTarget('rest-json', restJson, 'cloudtrail-data'),
    xmlTarget(),
  ]
}

function jsonTarget(name: string, codec: Codec, service: ModelName): Target {
  const model = loadModel(service)
  const words = [
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    'null',
    'true',
    '1e309',
    '-0',
    '\\ud800',
    '\\u0000',
  ]
  const names = memberNames(model).map((member) => `"${member}":`)
  return codecTarget(name, codec, model, [...words, ...names, '"__proto__":', '{},', '{"a":'])
}

function queryTarget(): Target {
  const words = [
    '&',
    '=',
    '.member.1',
    '.member.',
    '.entry.1.key=',
    '%',
    '%00',
    '%F0%9F%98%80',
    '%ED%A0%80',
    '+',
  ]
  const names = [
    'PolicyDocument',
    'UserName',
    'Tags.member.1.Key=',
    'constructor',
    '__proto__',
    'MaxItems=',
  ]
  const all = [...words, ...names, '&a.b.c.d.e=1', '.1.1.1.1', 'true']
  return codecTarget('aws-query', awsQuery, loadModel('iam'), all)
}

function xmlTarget(): Target {
  const model = loadModel('s3')
  const words = [
    '<',
    '>',
    '</',
    '/>',
    '&lt;',
    '&#0;',
    '&#x1F600;',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    ' xmlns="u"',
    'true',
    '2026-11-21T04:44:23Z',
  ]
  const names = memberNames(model).flatMap((member) => [`<${member}>`, `</${member}>`])
  const heads = [
    '&prefix=',
    '%',
    '+',
    '\nx-amz-meta-',
    '\ncontent-length:',
    '\nif-modified-since:Sat, 21 Nov 2026 04:44:23 GMT',
  ]
  return codecTarget('rest-xml', restXml, model, [...words, ...names, ...heads])
}

function memberNames(model: ServiceModel): string[] {
  const shapes = Object.values(model.shapes)
  return [...new Set(shapes.flatMap((s) => (s.type === 'structure' ? Object.keys(s.members) : [])))]
}
