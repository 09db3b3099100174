/** What a request says of itself: condition keys in lower case, each with its values. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>

type Part = string | Readonly<{ key: string; fallback?: string }> | typeof anyRun | typeof anyOne
/** A text of a policy, with its wildcards and variables found. */
export type Template = readonly Part[]
/** A template whose variables are filled in: UTF-16 code units, `anyRun` and `anyOne`. */
export type Glob = readonly number[]

const anyRun = -1
const anyOne = -2

/** `${aws:username}`, `${aws:username, 'nobody'}`, and the escapes `${*}`, `${?}`, `${$}`. */
const variable = /\$\{\s*(?:([*?$])|([^\s,{}]+)\s*(?:,\s*'([^']*)'\s*)?)\}/g

/**
 * Reads `*`, `?` and `${variables}` where they mean something; elsewhere they stand for themselves.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function template(
  text: string,
  has: { wildcards?: boolean; variables?: boolean },
): Template {
  const literal = (part: string): Part[] => {
    if (!has.wildcards) return part === '' ? [] : [part]
    return (part.match(/[*?]|[^*?]+/g) ?? []).map((piece) =>
      piece === '*' ? anyRun : piece === '?' ? anyOne : piece,
    )
  }
  if (!has.variables) return literal(text)
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(variable)) {
    const [whole, escaped, key, fallback] = match
    parts.push(...literal(text.slice(end, match.index)))
    parts.push(escaped ?? { key: key!.toLowerCase(), fallback })
    end = match.index + whole.length
  }
  return [...parts, ...literal(text.slice(end))]
}

/**
 * Fills in the variables; their values match only themselves, whatever characters they hold. Undefined
 * when one has no value (or several): such a text matches nothing.
 */
export function fill(template: Template, context: ConditionContext): Glob | undefined {
  const glob: number[] = []
  for (const part of template) {
    if (typeof part === 'number') {
      glob.push(part)
      continue
    }
    const text = typeof part === 'string' ? part : chosen(part, context)
    if (text === undefined) return undefined
    for (let i = 0; i < text.length; i++) glob.push(text.charCodeAt(i))
  }
  return glob
}

function chosen(part: { key: string; fallback?: string }, context: ConditionContext) {
  const values = context.get(part.key)
  return values?.length === 1 ? values[0] : part.fallback
}

/**
 * Whether the whole text matches. Goes back to the last `*` only, since an earlier one can always have
 * matched less: the time is the text's length times the longest run between two stars, never exponential.
 */
export function globMatches(glob: Glob, text: string): boolean {
  let g = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (g < glob.length && glob[g] === anyRun) {
      star = g++
      resume = t
    } else if (g < glob.length && (glob[g] === anyOne || glob[g] === text.charCodeAt(t))) {
      g++
      t++
    } else if (star >= 0) {
      g = star + 1
      t = ++resume
    } else {
      return false
    }
  }
  while (g < glob.length && glob[g] === anyRun) g++
  return g === glob.length
}

const colon = ':'.charCodeAt(0)

/**
 * ARNs are compared part by part, six of them, so that no wildcard reaches over a colon but in the last.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function arnMatches(glob: Glob, arn: string): boolean {
  let from = 0
  let at = 0
  for (let part = 1; part < 6; part++) {
    const globEnd = glob.indexOf(colon, from)
    const arnEnd = arn.indexOf(':', at)
    if (globEnd < 0 || arnEnd < 0) return false
    if (!globMatches(glob.slice(from, globEnd), arn.slice(at, arnEnd))) return false
    from = globEnd + 1
    at = arnEnd + 1
  }
  return globMatches(glob.slice(from), arn.slice(at))
}
