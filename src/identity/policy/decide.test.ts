// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a policy's variables look like that
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Principal } from '../../operation.ts'
import { decide } from './decide.ts'
import { parsePolicy } from './parse.ts'

const context = new Map([
  ['aws:username', ['bob']],
  ['aws:sourceip', ['10.0.0.1']],
])
const user = (name: string) => `arn:aws:iam::111122223333:user/${name}`

function ask(statements: object | object[], action: string, ...resources: string[]) {
  const policy = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }))
  return decide({ policies: [policy], action, resources, context }).decision
}

const may = (Action: unknown, Resource: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
const never = (Action: unknown, Resource: unknown) => ({ Effect: 'Deny', Action, Resource })

describe('decide', () => {
  test.each<[string, object | object[], string, string[], string]>([
    ['everything', may('*', '*'), 'iam:GetUser', [user('bob')], 'Allow'],
    ['a service', may('iam:*', '*'), 'iam:GetUser', ['*'], 'Allow'],
    ['another service', may('s3:*', '*'), 'iam:GetUser', ['*'], 'ImplicitDeny'],
    ['any case of an action', may('IAM:getuser', '*'), 'iam:GetUser', ['*'], 'Allow'],
    ['a wildcard in an action', may('iam:?etU*', '*'), 'iam:GetUser', ['*'], 'Allow'],
    ['part of an action', may('iam:GetUser', '*'), 'iam:GetUserPolicy', ['*'], 'ImplicitDeny'],
    ['one resource', may('iam:*', user('bob')), 'iam:GetUser', [user('bob')], 'Allow'],
    ['another case', may('iam:*', user('bob')), 'iam:GetUser', [user('Bob')], 'ImplicitDeny'],
    ['an action on *', may('iam:*', user('bob')), 'iam:ListUsers', ['*'], 'ImplicitDeny'],
    ['oneself', may('iam:*', user('${aws:username}')), 'iam:GetUser', [user('bob')], 'Allow'],
    ['not oneself', may('*', user('${aws:username}')), 'iam:GetUser', [user('x')], 'ImplicitDeny'],
    ['all of two', may('iam:*', user('a*')), 'iam:X', [user('a1'), user('a2')], 'Allow'],
    ['one of two', may('iam:*', user('a*')), 'iam:X', [user('a1'), user('b')], 'ImplicitDeny'],
    ['a deny', [may('*', '*'), never('iam:*', '*')], 'iam:GetUser', ['*'], 'ExplicitDeny'],
    ['a deny first', [never('iam:*', '*'), may('*', '*')], 'iam:GetUser', ['*'], 'ExplicitDeny'],
    ['a deny elsewhere', [may('*', '*'), never('s3:*', '*')], 'iam:GetUser', ['*'], 'Allow'],
    ['a deny alone', never('iam:*', '*'), 'iam:GetUser', ['*'], 'ExplicitDeny'],
    [
      'a deny of the second resource',
      [may('*', '*'), never('*', user('b'))],
      'iam:X',
      [user('a'), user('b')],
      'ExplicitDeny',
    ],
    [
      'deny outweighs what is not allowed',
      [never('*', user('b'))],
      'iam:X',
      [user('a'), user('b')],
      'ExplicitDeny',
    ],
    ['no statement', [may('s3:*', '*')], 'iam:GetUser', ['*'], 'ImplicitDeny'],
    [
      'all but',
      { Effect: 'Allow', NotAction: ['iam:*', 'sts:*'], Resource: '*' },
      's3:PutObject',
      ['*'],
      'Allow',
    ],
    [
      'all but this',
      { Effect: 'Allow', NotAction: ['iam:*', 'sts:*'], Resource: '*' },
      'iam:CreateUser',
      ['*'],
      'ImplicitDeny',
    ],
    [
      'all resources but',
      { Effect: 'Deny', Action: '*', NotResource: user('${aws:username}') },
      'iam:GetUser',
      [user('x')],
      'ExplicitDeny',
    ],
    [
      'a variable without a value opens nothing',
      { Effect: 'Allow', Action: '*', NotResource: user('${aws:nothing}') },
      'iam:GetUser',
      [user('x')],
      'ImplicitDeny',
    ],
    [
      'a variable without a value closes',
      [may('*', '*'), { Effect: 'Deny', Action: '*', NotResource: user('${aws:nothing}') }],
      'iam:GetUser',
      [user('x')],
      'ExplicitDeny',
    ],
    [
      'a condition that holds',
      may('*', '*', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }),
      'iam:GetUser',
      ['*'],
      'Allow',
    ],
    [
      'one of two conditions',
      may('*', '*', {
        Condition: {
          IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
          StringEquals: { 'aws:username': 'alice' },
        },
      }),
      'iam:GetUser',
      ['*'],
      'ImplicitDeny',
    ],
    [
      'an ARN of four parts covers all below it',
      may('*', 'arn:aws:iam::111122223333'),
      'iam:GetUser',
      [user('x')],
      'Allow',
    ],
  ])('%s', (_, statements, action, resources, expected) => {
    expect(ask(statements, action, ...resources)).toBe(expected)
  })

  test('nothing allows where there is no policy', () => {
    const question = { policies: [], action: 'iam:GetUser', resources: ['*'], context }
    expect(decide(question)).toEqual({ decision: 'ImplicitDeny', resource: '*' })
  })

  test('names the statement and the resource that decided', () => {
    const policy = parsePolicy(
      JSON.stringify({ Statement: [may('*', '*'), { Sid: 'No', ...never('*', user('b')) }] }),
    )
    const resources = [user('a'), user('b')]
    const decision = decide({ policies: [policy], action: 'iam:X', resources, context })
    expect(decision).toMatchObject({ resource: user('b'), matched: { sid: 'No' } })
  })
})

describe('resource policies', () => {
  const bob: Principal = {
    type: 'IAMUser',
    accountId: '111122223333',
    arn: user('bob'),
    principalId: 'AIDABOB',
    userName: 'bob',
    accessKeyId: 'AKIABOB',
  }
  test.each<[object, Principal | undefined, string]>([
    [{ Principal: '*' }, bob, 'Allow'],
    [{ Principal: { AWS: '111122223333' } }, bob, 'Allow'],
    [{ Principal: { AWS: 'arn:aws:iam::111122223333:root' } }, bob, 'Allow'],
    [{ Principal: { AWS: ['arn:x', user('bob')] } }, bob, 'Allow'],
    [{ Principal: { AWS: user('b*') } }, bob, 'ImplicitDeny'],
    [{ Principal: { AWS: '444455556666' } }, bob, 'ImplicitDeny'],
    [{ Principal: { Service: 'cloudtrail.amazonaws.com' } }, bob, 'ImplicitDeny'],
    [{ NotPrincipal: { AWS: user('alice') } }, bob, 'Allow'],
    [{ NotPrincipal: { AWS: user('bob') } }, bob, 'ImplicitDeny'],
    [{ Principal: '*' }, undefined, 'ImplicitDeny'],
  ])('%j', (element, principal, expected) => {
    const policy = parsePolicy(
      JSON.stringify({ Statement: { ...may('s3:*', 'arn:aws:s3:::b/*'), ...element } }),
      'resource',
    )
    const resources = ['arn:aws:s3:::b/k']
    const question = { policies: [policy], action: 's3:GetObject', resources, context, principal }
    expect(decide(question).decision).toBe(expected)
  })
})

// The same question answered a second time by a plain reading of the documentation, with regular
// expressions over the JSON itself.
describe('agrees with an evaluator written differently', () => {
  const action = fc.constantFrom(
    'iam:GetUser',
    'iam:CreateUser',
    's3:GetObject',
    'iam:*',
    '*',
    '*:*',
  )
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 4 })
  const resource = fc.oneof(
    fc.constant('*'),
    name.map(user),
    fc.constant(user('${aws:username}')),
    fc.constant(user('${aws:nothing}')),
  )
  const key = fc.constantFrom('aws:username', 'aws:nothing', 'aws:tagkeys')
  const operator = fc.constantFrom(
    ...['', 'ForAllValues:', 'ForAnyValue:'].flatMap((set) =>
      ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'].flatMap((op) => [
        set + op,
        `${set}${op}IfExists`,
      ]),
    ),
  )
  const condition = fc.dictionary(
    operator,
    fc.dictionary(key, fc.array(name, { minLength: 1, maxLength: 2 }), { minKeys: 1, maxKeys: 2 }),
    { maxKeys: 2 },
  )
  const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 })
  const statement = fc
    .record({
      effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
      actions: fc.tuple(fc.constantFrom('Action', 'NotAction'), list(action)),
      resources: fc.tuple(fc.constantFrom('Resource', 'NotResource'), list(resource)),
      condition,
    })
    .map(({ effect, actions, resources, condition: Condition }) => ({
      Effect: effect,
      [actions[0]]: actions[1],
      [resources[0]]: resources[1],
      Condition,
    }))
  const values = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 })

  test('on random policies and requests', () => {
    fc.assert(
      fc.property(
        fc.array(list(statement), { maxLength: 3 }),
        fc.constantFrom('iam:GetUser', 'iam:CreateUser', 's3:GetObject'),
        list(values.map(user)),
        values,
        fc.array(values, { maxLength: 3 }),
        (documents, asked, resources, username, tagKeys) => {
          const facts = { 'aws:username': [username], 'aws:tagkeys': tagKeys }
          const policies = documents.map((Statement) =>
            parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement })),
          )
          const request = new Map(Object.entries(facts))
          const { decision } = decide({ policies, action: asked, resources, context: request })
          expect(decision).toBe(slowDecision(documents.flat(), asked, resources, facts))
        },
      ),
      { numRuns: 2000 },
    )
  })
})

type Facts = Readonly<Record<string, string[]>>

function slowDecision(statements: any[], action: string, resources: string[], facts: Facts) {
  const applies = (statement: any, resource: string) =>
    listed(statement, 'Action', action, facts) &&
    listed(statement, 'Resource', resource, facts) &&
    Object.entries<any>(statement.Condition).every(([operator, keys]) =>
      Object.entries<string[]>(keys).every(([key, wanted]) =>
        slowCondition(operator, facts[key] ?? [], wanted),
      ),
    )
  const effects = resources.map((resource) =>
    statements.filter((statement) => applies(statement, resource)).map(({ Effect }) => Effect),
  )
  if (effects.some((found) => found.includes('Deny'))) return 'ExplicitDeny'
  return effects.every((found) => found.includes('Allow')) ? 'Allow' : 'ImplicitDeny'
}

function listed(statement: any, element: string, text: string, facts: Facts): boolean {
  const flags = element === 'Action' ? 'is' : 's'
  const patterns: string[] = statement[element] ?? statement[`Not${element}`]
  const unknown = patterns.some((pattern) => pattern.includes('${aws:nothing}'))
  const isIn = patterns
    .filter((pattern) => !pattern.includes('${aws:nothing}'))
    .map((pattern) => pattern.replace('${aws:username}', facts['aws:username']![0]!))
    .some((pattern) => regex(pattern, flags).test(text))
  if (statement[element]) return isIn
  return !isIn && !(unknown && statement.Effect === 'Allow')
}

function slowCondition(operatorText: string, found: string[], wanted: string[]): boolean {
  const set = operatorText.includes(':') ? operatorText.split(':')[0] : undefined
  const ifExists = operatorText.endsWith('IfExists')
  const not = operatorText.includes('Not')
  const like = operatorText.includes('Like')
  if (found.length === 0) return ifExists || (set ? set === 'ForAllValues' : not)
  const isWanted = (value: string) =>
    wanted.some((text) => (like ? regex(text, 's').test(value) : text === value))
  if (set === 'ForAllValues') return found.filter((value) => isWanted(value) === not).length === 0
  if (set === 'ForAnyValue') return found.filter((value) => isWanted(value) !== not).length > 0
  return not ? !found.some(isWanted) : found.some(isWanted)
}

function regex(pattern: string, flags: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, flags)
}
