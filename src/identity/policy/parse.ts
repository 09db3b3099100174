import { ApiError } from '../../errors.ts'
import { type Condition, condition } from './conditions.ts'
import { type Template, template } from './glob.ts'
import { type PrincipalTest, principals } from './principals.ts'

/** A list of patterns and which way round it is meant: Action or NotAction. */
export type Patterns = Readonly<{ not: boolean; patterns: readonly Template[] }>

export type Statement = Readonly<{
  sid?: string
  effect: 'Allow' | 'Deny'
  /** In lower case: actions do not tell cases apart. */
  actions: Patterns
  resources: Patterns
  conditions: readonly Condition[]
  /** Resource policies only. */
  principals?: Readonly<{ not: boolean; test: PrincipalTest }>
}>

export type Policy = readonly Statement[]

const policyElements = ['Version', 'Id', 'Statement']
const statementElements =
  'Sid Effect Action NotAction Resource NotResource Condition Principal NotPrincipal'.split(' ')
const versions = ['2008-10-17', '2012-10-17']

type Element = Readonly<Record<string, unknown>>

/**
 * Reads a policy's JSON by IAM's grammar. Throws MalformedPolicyDocument in IAM's words. An identity's
 * policy names no principal, a resource's always does.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function parsePolicy(text: string, of: 'identity' | 'resource' = 'identity'): Policy {
  const policy = object(json(text), policyElements)
  const version = policy['Version'] ?? versions[0]
  if (!versions.includes(version as string)) throw syntaxError()
  optionalText(policy['Id'])
  const statements = listOf(policy['Statement']).map((element) =>
    statement(object(element, statementElements), version === versions[1], of),
  )
  // Terraform writes an empty one where there is none.
  const sids = statements.flatMap(({ sid }) => (sid ? [sid] : []))
  if (statements.length === 0) throw syntaxError()
  if (new Set(sids).size < sids.length) {
    throw malformed('Statement IDs (SID) in a single policy must be unique.')
  }
  return statements
}

function statement(element: Element, variables: boolean, of: 'identity' | 'resource'): Statement {
  const { Sid, Effect, Condition } = element
  if (Effect !== 'Allow' && Effect !== 'Deny') throw syntaxError()
  const sid = optionalText(Sid)
  if (sid && of === 'identity' && !/^[0-9A-Za-z]*$/.test(sid)) {
    throw malformed(
      'Statement IDs (SID) must be alpha-numeric. ' +
        'Check that your input satisfies the regular expression [0-9A-Za-z]*',
    )
  }
  const actions = either(element, 'Action', 'Policy statement must contain actions.')
  const resources = either(element, 'Resource', 'Policy statement must contain resources.')
  return {
    sid,
    effect: Effect,
    actions: { not: actions.not, patterns: actions.texts.map(actionPattern) },
    resources: {
      not: resources.not,
      patterns: resources.texts.map((text) => resourcePattern(text, variables)),
    },
    conditions: Condition === undefined ? [] : conditions(Condition, variables),
    principals: principalsOf(element, of),
  }
}

/** `Action` or `NotAction`, one of the two. */
function either(element: Element, name: string, missing: string) {
  const [is, not] = [element[name], element[`Not${name}`]]
  if (is !== undefined && not !== undefined) throw syntaxError()
  const texts = listOf(is ?? not).map((text) => {
    if (typeof text !== 'string') throw syntaxError()
    return text
  })
  if (texts.length === 0) throw malformed(missing)
  return { not: not !== undefined, texts }
}

function actionPattern(text: string): Template {
  const [vendor = '', action, ...rest] = text.split(':')
  if (text !== '*') {
    if (action === undefined) {
      throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
    }
    if (rest.length > 0) throw malformed('Actions/Condition can contain only one colon.')
    if (!/^([A-Za-z0-9-]+|\*)$/.test(vendor)) throw malformed(`Vendor ${vendor} is not valid`)
    if (!/^[A-Za-z0-9*?]+$/.test(action)) throw syntaxError()
  }
  return template(text.toLowerCase(), { wildcards: true })
}

/** An ARN of fewer than six parts stands for any value of those that are missing. */
function resourcePattern(text: string, variables: boolean): Template {
  const parts = text.replace(/\$\{[^}]*\}/g, '').split(':')
  if (text !== '*') {
    if (parts[0] !== 'arn' || parts.length < 3) {
      throw malformed(`Resource ${text} must be in ARN format or "*".`)
    }
    if (!/^[A-Za-z0-9-]+$/.test(parts[2]!)) {
      throw malformed('Resource vendor must be fully qualified and cannot contain regexes.')
    }
  }
  const missing = text === '*' ? 0 : Math.max(0, 6 - parts.length)
  return template(text + ':*'.repeat(missing), { wildcards: true, variables })
}

function conditions(element: unknown, variables: boolean): Condition[] {
  return Object.entries(object(element)).flatMap(([operator, keys]) =>
    Object.entries(object(keys)).map(([key, values]) => {
      if (!key.includes(':')) {
        throw malformed(
          'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
        )
      }
      const wanted = listOf(values)
      if (!wanted.every((value) => ['string', 'number', 'boolean'].includes(typeof value))) {
        throw syntaxError()
      }
      const read = wanted.length > 0 && condition(operator, key, wanted.map(String), variables)
      if (!read) throw syntaxError()
      return read
    }),
  )
}

function principalsOf(element: Element, of: 'identity' | 'resource'): Statement['principals'] {
  const [is, not] = [element['Principal'], element['NotPrincipal']]
  if (of === 'identity') {
    if (is === undefined && not === undefined) return undefined
    throw malformed('Policy document should not specify a principal.')
  }
  const test = is !== undefined && not !== undefined ? undefined : principals(is ?? not)
  if (!test) throw syntaxError()
  return { not: not !== undefined, test }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw syntaxError()
  }
}

function object(value: unknown, elements?: readonly string[]): Element {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw syntaxError()
  if (elements && !Object.keys(value).every((name) => elements.includes(name))) throw syntaxError()
  return value as Element
}

/** IAM takes one where it takes many. */
function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined ? [] : [value]
}

function optionalText(value: unknown): string | undefined {
  if (value !== undefined && typeof value !== 'string') throw syntaxError()
  return value
}

const syntaxError = () => malformed('Syntax errors in policy.')

function malformed(message: string): ApiError {
  return new ApiError('MalformedPolicyDocument', message)
}
