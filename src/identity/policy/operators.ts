import { BlockList, isIP } from 'node:net'
import {
  arnMatches,
  type ConditionContext,
  fill,
  type Glob,
  globMatches,
  template,
} from './glob.ts'

/** Whether a value of the request is what the policy's value asks for. */
export type Test = (value: string, context: ConditionContext) => boolean
export type Operator = Readonly<{
  /** The test's answer is turned round: StringNotEquals. */
  negated: boolean
  /**
   * Reads the policy's value once; `variables` are known from version 2012-10-17 on. Undefined for one that
   * cannot be read: a test that never holds would always hold where it is turned round.
   */
  prepare(wanted: string, variables: boolean): Test | undefined
}>

const text =
  (wildcards: boolean, compare: (glob: Glob, value: string) => boolean) =>
  (wanted: string, variables: boolean): Test => {
    const parts = template(wanted, { wildcards, variables })
    return (value, context) => {
      const glob = fill(parts, context)
      return glob !== undefined && compare(glob, value)
    }
  }

const ignoringCase = (wanted: string, variables: boolean): Test => {
  const parts = template(wanted, { variables })
  return (value, context) => {
    const glob = fill(parts, context)
    if (glob === undefined) return false
    const filled = glob.map((unit) => String.fromCharCode(unit)).join('')
    return filled.toLowerCase() === value.toLowerCase()
  }
}

/** Comparisons of what is read from both texts; a value that cannot be read is never equal, less or more. */
const ordered =
  (read: (text: string) => number, compare: (value: number, wanted: number) => boolean) =>
  (wanted: string): Test | undefined => {
    const limit = read(wanted)
    return Number.isNaN(limit) ? undefined : (value) => compare(read(value), limit)
  }

function number(text: string): number {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
}

/** ISO 8601 in the forms of W3C's note, or seconds since the epoch. */
function date(text: string): number {
  if (/^\d{5,}$/.test(text)) return Number(text) * 1000
  return /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
}

/** An address or a CIDR block, IPv4 or IPv6. */
function inBlock(wanted: string): Test | undefined {
  const [net = '', bits, ...rest] = wanted.split('/')
  const family = isIP(net)
  const prefix = bits === undefined ? (family === 4 ? 32 : 128) : number(bits)
  if (family === 0 || rest.length > 0 || !(prefix >= 0 && prefix <= (family === 4 ? 32 : 128))) {
    return undefined
  }
  const block = new BlockList()
  block.addSubnet(net, prefix, family === 4 ? 'ipv4' : 'ipv6')
  return (value) => isIP(value) === family && block.check(value, family === 4 ? 'ipv4' : 'ipv6')
}

const sameBool = (wanted: string): Test | undefined => {
  const lower = wanted.toLowerCase()
  return isBool(lower) ? (value) => value.toLowerCase() === lower : undefined
}

/** In lower case. */
export function isBool(text: string): boolean {
  return text === 'true' || text === 'false'
}

const sameBytes = (wanted: string): Test => {
  const bytes = Buffer.from(wanted, 'base64')
  return (value) => bytes.equals(Buffer.from(value, 'base64'))
}

const arn = text(true, arnMatches)
const equal = (a: number, b: number) => a === b
const positive = (prepare: Operator['prepare']): Operator => ({ negated: false, prepare })
const negative = (prepare: Operator['prepare']): Operator => ({ negated: true, prepare })

/**
 * Every condition operator but Null, without its IfExists and set forms.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export const operators: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', positive(text(false, globMatches))],
  ['StringNotEquals', negative(text(false, globMatches))],
  ['StringEqualsIgnoreCase', positive(ignoringCase)],
  ['StringNotEqualsIgnoreCase', negative(ignoringCase)],
  ['StringLike', positive(text(true, globMatches))],
  ['StringNotLike', negative(text(true, globMatches))],
  ['NumericEquals', positive(ordered(number, equal))],
  ['NumericNotEquals', negative(ordered(number, equal))],
  ['NumericLessThan', positive(ordered(number, (value, limit) => value < limit))],
  ['NumericLessThanEquals', positive(ordered(number, (value, limit) => value <= limit))],
  ['NumericGreaterThan', positive(ordered(number, (value, limit) => value > limit))],
  ['NumericGreaterThanEquals', positive(ordered(number, (value, limit) => value >= limit))],
  ['DateEquals', positive(ordered(date, equal))],
  ['DateNotEquals', negative(ordered(date, equal))],
  ['DateLessThan', positive(ordered(date, (value, limit) => value < limit))],
  ['DateLessThanEquals', positive(ordered(date, (value, limit) => value <= limit))],
  ['DateGreaterThan', positive(ordered(date, (value, limit) => value > limit))],
  ['DateGreaterThanEquals', positive(ordered(date, (value, limit) => value >= limit))],
  ['Bool', positive(sameBool)],
  ['BinaryEquals', positive(sameBytes)],
  ['IpAddress', positive(inBlock)],
  ['NotIpAddress', negative(inBlock)],
  ['ArnEquals', positive(arn)],
  ['ArnLike', positive(arn)],
  ['ArnNotEquals', negative(arn)],
  ['ArnNotLike', negative(arn)],
])
