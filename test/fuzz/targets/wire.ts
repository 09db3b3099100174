import { loadModel } from '../../../src/gen/load.ts'
import type { ServiceModel } from '../../../src/gen/model.ts'
import { awsJson } from '../../../src/wire/aws-json.ts'
import { awsQuery } from '../../../src/wire/aws-query.ts'
import type { Codec } from '../../../src/wire/codec.ts'
import { validate } from '../../../src/wire/validate.ts'
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
      return model.protocol === 'awsQuery' ? '2026-11-21T04:44:23Z' : 1_795_236_263.5
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

/**
 * The first two bytes choose the operation. Input is refused or read; what was read can be written and
 * read again unchanged, and a refusal is not much longer than what it refuses.
 */
function codecTarget(name: string, codec: Codec, model: ServiceModel, tokens: string[]): Target {
  const operations = Object.entries(model.operations)
  const seeds = operations.map(([, { input }], i) => {
    const value = input === undefined ? {} : sample(input, model)
    const body = codec === awsJson ? JSON.stringify(value) : form(value).join('&')
    return Buffer.concat([Buffer.of(i >> 8, i & 255), Buffer.from(body)])
  })
  return {
    name,
    seeds,
    tokens,
    run(bytes) {
      const index = ((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) % operations.length
      const [operation, { input }] = operations[index]!
      const body = bytes.subarray(2)
      try {
        const shape = { input, output: input, errors: [] }
        const value = codec.parse(body, shape, model)
        writeAgain(codec, value, shape, model)
        if (input !== undefined) validate(value, input, model)
        return `${operation} taken`
      } catch (error) {
        const { message } = error as Error
        if (message.length > 32_768 + 8 * body.length) throw new Error('a refusal without end')
        return `${operation} ${refusal(error)}`
      }
    },
  }
}

function writeAgain(
  codec: Codec,
  value: Record<string, unknown>,
  shape: { input?: string; output?: string; errors: readonly string[] },
  model: ServiceModel,
): void {
  let text: string
  try {
    text = codec.answer(value, shape, model, 'id', 'Operation').body
  } catch (error) {
    throw new TypeError(`read but cannot be written: ${error}`)
  }
  if (codec === awsQuery) {
    checkXml(text)
    return
  }
  const again = codec.answer(codec.parse(Buffer.from(text), shape, model), shape, model, 'id', 'O')
  if (again.body !== text) throw new TypeError('written and read again it is another')
}

/** Tags close in the order they opened, and text holds nothing that XML gives a meaning or forbids. */
function checkXml(text: string): void {
  const open: string[] = []
  for (const [, tag, content] of text.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (tag!.startsWith('/')) {
      if (open.pop() !== tag!.slice(1)) throw new TypeError(`</${tag}> closes nothing`)
    } else open.push(/^[\w.-]+/.exec(tag!)![0])
    if (/&(?!(amp|lt|gt|quot|apos|#13);)|\p{Cs}/u.test(content!))
      throw new TypeError('raw text in XML')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that may not be there
    if (/[\0-\x08\x0b\x0c\x0e-\x1f]/.test(content!))
      throw new TypeError('a control character in XML')
  }
  if (open.length > 0) throw new TypeError('a tag stays open')
}

export function awsJsonParse(): Target {
  const model = loadModel('cloudtrail')
  const members = Object.values(model.shapes).flatMap((shape) =>
    shape.type === 'structure' ? Object.keys(shape.members) : [],
  )
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
  const names = [...new Set(members)].map((member) => `"${member}":`)
  return codecTarget('aws-json', awsJson, model, [
    ...words,
    ...names,
    '"__proto__":',
    '{},',
    '{"a":',
  ])
}

export function awsQueryParse(): Target {
  const model = loadModel('iam')
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
  return codecTarget('aws-query', awsQuery, model, [
    ...words,
    ...names,
    '&a.b.c.d.e=1',
    '.1.1.1.1',
    'true',
  ])
}
