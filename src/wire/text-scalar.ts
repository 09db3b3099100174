import type { Shape } from '../gen/model.ts'
import { parseBase64 } from './json-shape.ts'
import { parseTime } from './timestamps.ts'

/**
 * A scalar that came as text: in a form, a header, a query or an XML element. Undefined for what is no
 * value of the shape.
 */
export function parseScalar(text: string, shape: Shape): unknown {
  switch (shape.type) {
    case 'string':
      return text
    case 'boolean':
      return /^(true|false)$/i.test(text.trim()) ? text.trim().toLowerCase() === 'true' : undefined
    case 'integer':
      return parseInteger(text, 2 ** 31)
    case 'long':
      return parseInteger(text, 2 ** 63)
    case 'float':
    case 'double':
      return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined
    case 'timestamp':
      return parseTime(text)
    case 'blob':
      return parseBase64(text)
    default:
      return undefined
  }
}

function parseInteger(text: string, bound: number): number | undefined {
  if (!/^\s*[+-]?\d{1,19}\s*$/.test(text)) return undefined
  const value = Number(text)
  return value >= -bound && value < bound ? value : undefined
}
