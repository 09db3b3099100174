import { timeText } from './text.ts'
import type { WireModel } from './wire.ts'

/**
 * awsJson and restJson: blobs in base 64, times in seconds unless the shape says else. Of REST's members only
 * those of the body are written, under their own names.
 */
export function json(
  value: unknown,
  shapeName: string,
  model: WireModel,
  form: { isRenamed: boolean },
): unknown {
  const shape = model.shapes[shapeName]!
  const entries = () => Object.entries(value as object)
  switch (shape.type) {
    case 'structure':
      if (shape.document) return value
      return Object.fromEntries(
        entries().flatMap(([name, one]) => {
          const { shape: of, location, locationName = name } = shape.members[name]!
          const key = form.isRenamed ? locationName : name
          return location === undefined ? [[key, json(one, of, model, form)]] : []
        }),
      )
    case 'list':
      return (value as unknown[]).map((one) => json(one, shape.member, model, form))
    case 'map':
      return Object.fromEntries(
        entries().map(([key, one]) => [key, json(one, shape.value, model, form)]),
      )
    case 'timestamp': {
      const format = shape.timestampFormat ?? 'unixTimestamp'
      const text = timeText(value as Date, format)
      return format === 'unixTimestamp' ? Number(text) : text
    }
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    default:
      return value
  }
}
