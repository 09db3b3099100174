// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a policy's variables look like that
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arnMatches, type ConditionContext, fill, globMatches, template } from './glob.ts'

const nobody: ConditionContext = new Map()
const bob: ConditionContext = new Map([
  ['aws:username', ['bob']],
  ['aws:useragent', ['a*?']],
  ['aws:tagkeys', ['x', 'y']],
])
const both = { wildcards: true, variables: true }

function matches(pattern: string, text: string, context = nobody): boolean {
  const glob = fill(template(pattern, both), context)
  return glob !== undefined && globMatches(glob, text)
}

describe('globMatches', () => {
  test.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'anything at:all/', true],
    ['?', '', false],
    ['?', 'a', true],
    ['??', 'a', false],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['*a', 'aaa', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'abcb', false],
    ['a*b?c', 'aXbbXc', true],
    ['***', '', true],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
    ['a\\*', 'a\\b', true],
  ])('%j and %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  test('agrees with a matcher that tries everything', () => {
    const letters = (extra: string) =>
      fc.string({ unit: fc.constantFrom(...`ab:${extra}`), maxLength: 12 })
    fc.assert(
      fc.property(letters('*?'), letters(''), (pattern, text) => {
        expect(matches(pattern, text)).toBe(tryAll(pattern, text))
      }),
      { numRuns: 3000 },
    )
  })

  test('hostile patterns cost no more than text times pattern', () => {
    const startedAt = performance.now()
    expect(matches(`${'a*'.repeat(10_000)}b`, 'a'.repeat(20_000))).toBe(false)
    expect(matches(`*${'?'.repeat(1000)}b`, 'a'.repeat(20_000))).toBe(false)
    expect(matches(`*${'a'.repeat(1000)}b`, 'a'.repeat(20_000))).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})

/** The definition itself, exponential. */
function tryAll(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] === '*') {
    return tryAll(pattern.slice(1), text) || (text !== '' && tryAll(pattern, text.slice(1)))
  }
  if (text === '' || (pattern[0] !== '?' && pattern[0] !== text[0])) return false
  return tryAll(pattern.slice(1), text.slice(1))
}

describe('variables', () => {
  test.each([
    ['u/${aws:username}/*', 'u/bob/x', true],
    ['u/${AWS:UserName}', 'u/bob', true],
    ['u/${aws:nothing}', 'u/', false],
    ["u/${aws:nothing, 'all'}", 'u/all', true],
    ["u/${aws:username, 'all'}", 'u/all', false],
    ["${aws:nothing,''}", '', true],
    ['${aws:tagkeys}', 'x', false],
    ['a${*}b', 'a*b', true],
    ['a${*}b', 'axb', false],
    ['${?}${$}', '?$', true],
    ['${', '${', true],
    ['${}', '${}', true],
    // A value that the caller chose must not become a pattern.
    ['${aws:useragent}', 'a*?', true],
    ['${aws:useragent}', 'abc', false],
  ])('%j and %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text, bob)).toBe(expected)
  })

  test('are plain text where they mean nothing', () => {
    const glob = fill(template('${aws:username}*', {}), bob)!
    expect(globMatches(glob, '${aws:username}*')).toBe(true)
    expect(globMatches(glob, 'bob*')).toBe(false)
  })
})

describe('arnMatches', () => {
  const user = 'arn:aws:iam::111122223333:user/team/bob'
  test.each([
    [user, user, true],
    ['arn:aws:iam::111122223333:user/*', user, true],
    ['arn:aws:iam::*:user/*', user, true],
    ['arn:*:*:*:*:*', user, true],
    ['arn:aws:iam::*', user, false],
    ['arn:*', user, false],
    ['*', user, false],
    ['arn:aws:iam:*:user/*', user, false],
    ['arn:aws:*:bob', user, false],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/k:with:colons', true],
    ['arn:aws:s3:::b', 'no arn', false],
  ])('%s and %s: %s', (pattern, arn, expected) => {
    expect(arnMatches(fill(template(pattern, both), nobody)!, arn)).toBe(expected)
  })
})
