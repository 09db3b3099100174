import type { ServiceModel } from '../gen/model.ts'
import { recordedTime, type Times } from './recorded-time.ts'
import { hiddenMark, isSecretName, replacement } from './redact.ts'
import { type Style, styleOf } from './services/styles.ts'

type Shapes = ServiceModel['shapes']
type Members = Readonly<Record<string, unknown>>

/** Whose members are recorded: an event source without its domain, how it writes, and its shapes. */
type Writer = Readonly<{ service: string; style: Style; shapes: Shapes }>

/**
 * The members of a call as CloudTrail records them: first letter lower at every depth, map keys as they
 * are, times in words, secrets left out or hidden. `undefined` members stay away. Null when there are none.
 * What does not have the form that the model says is shown as it came, but for secrets.
 */
export function recordedMembers(
  value: Members,
  shapeName: string,
  { shapes, signingName }: Pick<ServiceModel, 'shapes' | 'signingName'>,
  service = signingName,
): Record<string, unknown> | null {
  const writer = { service, style: styleOf(service), shapes }
  const members = recorded(value, shapeName, writer) as Record<string, unknown>
  return Object.keys(members).length > 0 ? members : null
}

function recorded(value: unknown, shapeName: string, writer: Writer): unknown {
  const shape = writer.shapes[shapeName]
  switch (shape?.type) {
    case 'structure':
      return isMembers(value) && !shape.document
        ? structure(value, shape.members, writer)
        : plainValue(value)
    case 'list':
      return Array.isArray(value)
        ? value.map((one) => item(one, shape.member, writer))
        : plainValue(value)
    case 'map':
      return isMembers(value) ? map(value, shape.value, writer) : plainValue(value)
    case 'timestamp':
      return recordedTime(value, timesOf(shape.timestampFormat, writer))
    case 'blob':
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
    default:
      return plainValue(value)
  }
}

/** Services that have ISO 8601 on the wire beside JSON's numbers print it as it is. */
function timesOf(format: string | undefined, { style }: Writer): Times {
  return style.times ?? (format === 'iso8601' ? 'iso' : 'java')
}

function structure(
  value: Members,
  shapeMembers: Readonly<Record<string, { shape: string; sensitive?: boolean }>>,
  writer: Writer,
): Members {
  const members: Record<string, unknown> = {}
  for (const name in shapeMembers) {
    const member = shapeMembers[name]!
    const one = value[name]
    if (one === undefined || one === null) continue
    const isSensitive = (member.sensitive ?? writer.shapes[member.shape]?.sensitive) === true
    const instead = replacement(writer.service, name, isSensitive)
    if (instead === null) continue
    const shown = writer.style.capitals ? name : lowerFirst(name)
    members[shown] = instead ?? recorded(one, member.shape, writer)
  }
  return members
}

function map(value: Members, of: string, writer: Writer): Members {
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, item(one, of, writer)]))
}

/** Of a list or map, whose items may be sensitive where it is not. */
function item(value: unknown, shapeName: string, writer: Writer): unknown {
  return writer.shapes[shapeName]?.sensitive ? hiddenMark : recorded(value, shapeName, writer)
}

/** Members that no model describes: names that sound like secrets are hidden. */
export function plainMembers(value: Members): Record<string, unknown> | null {
  const members = plainValue(value) as Record<string, unknown>
  return Object.keys(members).length > 0 ? members : null
}

function plainValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Date) return recordedTime(value, 'iso')
  if (Array.isArray(value)) return value.map(plainValue)
  if (!isMembers(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      lowerFirst(name),
      isSecretName(name) ? hiddenMark : plainValue(one),
    ]),
  )
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** CloudTrail lowers exactly one letter: DBInstanceIdentifier is dBInstanceIdentifier. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
