import type { ServiceModel } from '../gen/model.ts'
import { isHidden, isSecret } from './redact.ts'

/**
 * The members of a call as CloudTrail records them: first letter lower at every depth, map keys as they
 * are, times in words, secrets left out or hidden. `undefined` members stay away.
 */
export function recordedMembers(
  value: Readonly<Record<string, unknown>>,
  shapeName: string,
  model: ServiceModel,
): Record<string, unknown> | null {
  const members = recorded(value, shapeName, model) as Record<string, unknown>
  return Object.keys(members).length > 0 ? members : null
}

function recorded(value: unknown, shapeName: string, model: ServiceModel): unknown {
  const shape = model.shapes[shapeName]!
  switch (shape.type) {
    case 'structure': {
      const members: Record<string, unknown> = {}
      for (const [name, { shape: of }] of Object.entries(shape.members)) {
        const one = (value as Record<string, unknown>)[name]
        if (one === undefined || one === null || isSecret(name)) continue
        const sensitive = model.shapes[of]!.sensitive === true
        members[lowerFirst(name)] = isHidden(name, sensitive)
          ? 'HIDDEN_DUE_TO_SECURITY_REASONS'
          : recorded(one, of, model)
      }
      return members
    }
    case 'list':
      return (value as unknown[]).map((one) => recorded(one, shape.member, model))
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, one]) => [
          key,
          recorded(one, shape.value, model),
        ]),
      )
    case 'timestamp':
      return recordedTime(value as Date, model.signingName)
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    default:
      return value
  }
}

/** Services whose times CloudTrail prints as Java's locale does. */
const javaTimes = new Set(['iam', 'ssm', 'rds', 'sts', 'cloudtrail'])

/** `Nov 21, 2026, 4:44:23 AM` for those, ISO 8601 for the others. */
function recordedTime(time: Date, signingName: string): string {
  if (!javaTimes.has(signingName)) return `${time.toISOString().slice(0, 19)}Z`
  return time
    .toLocaleString('en-US', {
      timeZone: 'UTC',
      dateStyle: 'medium',
      timeStyle: 'medium',
    })
    .replace('\u202f', ' ')
}

/** CloudTrail lowers exactly one letter: DBInstanceIdentifier is dBInstanceIdentifier. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
