// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a policy's variables look like that
import { describe, expect, test } from 'vitest'
import { condition } from './conditions.ts'

const context = new Map([
  ['aws:username', ['Bob']],
  ['aws:sourceip', ['10.1.2.3']],
  ['s3:ip6', ['2001:db8::1']],
  ['aws:currenttime', ['2026-11-21T04:44:23.000Z']],
  ['aws:epochtime', ['1795236263']],
  ['aws:securetransport', ['true']],
  ['aws:principalarn', ['arn:aws:iam::111122223333:user/team/Bob']],
  ['s3:max-keys', ['10']],
  ['s3:odd', ['ten']],
  ['s3:bytes', ['aGk=']],
  ['s3:empty', []],
  ['aws:tagkeys', ['a', 'b']],
])

function holds(operator: string, key: string, ...wanted: string[]): boolean {
  return condition(operator, key, wanted, true)!(context)
}

// [operator, key, values of the policy, whether it holds]
describe('one value of the request', () => {
  test.each<[string, string, string[], boolean]>([
    ['StringEquals', 'aws:username', ['Bob'], true],
    ['StringEquals', 'AWS:UserName', ['Bob'], true],
    ['StringEquals', 'aws:username', ['bob'], false],
    ['StringEquals', 'aws:username', ['B*'], false],
    ['StringEquals', 'aws:username', ['x', 'Bob'], true],
    ['StringNotEquals', 'aws:username', ['x', 'Bob'], false],
    ['StringNotEquals', 'aws:username', ['x', 'y'], true],
    ['StringEqualsIgnoreCase', 'aws:username', ['bOB'], true],
    ['StringEqualsIgnoreCase', 'aws:username', ['${aws:username}'], true],
    ['StringEqualsIgnoreCase', 'aws:username', ['${aws:nothing}'], false],
    ['StringNotEqualsIgnoreCase', 'aws:username', ['bOB'], false],
    ['StringLike', 'aws:username', ['B?b'], true],
    ['StringLike', 'aws:username', ['b*'], false],
    ['StringNotLike', 'aws:username', ['B*'], false],
    ['StringEquals', 'aws:username', ['${aws:username}'], true],
    ['StringLike', 'aws:principalarn', ['*/${aws:username}'], true],
    ['NumericEquals', 's3:max-keys', ['10.0'], true],
    ['NumericNotEquals', 's3:max-keys', ['10'], false],
    ['NumericLessThan', 's3:max-keys', ['10'], false],
    ['NumericLessThanEquals', 's3:max-keys', ['10'], true],
    ['NumericGreaterThan', 's3:max-keys', ['9'], true],
    ['NumericGreaterThanEquals', 's3:max-keys', ['11'], false],
    ['NumericLessThan', 's3:odd', ['11'], false],
    ['NumericGreaterThan', 's3:odd', ['9'], false],
    ['DateEquals', 'aws:currenttime', ['2026-11-21T05:44:23+01:00'], true],
    ['DateEquals', 'aws:epochtime', ['2026-11-21T04:44:23Z'], true],
    ['DateNotEquals', 'aws:currenttime', ['2026-11-21'], true],
    ['DateLessThan', 'aws:currenttime', ['2026-11-22'], true],
    ['DateLessThan', 'aws:currenttime', ['2026'], false],
    ['DateLessThanEquals', 'aws:currenttime', ['1795236263'], true],
    ['DateGreaterThan', 'aws:currenttime', ['2026-11-21T04:44Z'], true],
    ['DateGreaterThanEquals', 'aws:currenttime', ['2026-11-21T04:44:24Z'], false],
    ['Bool', 'aws:securetransport', ['TRUE'], true],
    ['Bool', 'aws:securetransport', ['false'], false],
    ['BinaryEquals', 's3:bytes', ['aGk='], true],
    ['BinaryEquals', 's3:bytes', ['aGo='], false],
    ['IpAddress', 'aws:sourceip', ['10.1.0.0/16'], true],
    ['IpAddress', 'aws:sourceip', ['10.1.2.3'], true],
    ['IpAddress', 'aws:sourceip', ['10.2.0.0/16', '10.1.2.0/30'], true],
    ['IpAddress', 'aws:sourceip', ['10.1.2.4/30'], false],
    ['IpAddress', 'aws:sourceip', ['0.0.0.0/0'], true],
    ['IpAddress', 'aws:sourceip', ['::/0'], false],
    ['NotIpAddress', 'aws:sourceip', ['10.0.0.0/8'], false],
    ['NotIpAddress', 'aws:sourceip', ['192.168.0.0/16'], true],
    ['IpAddress', 's3:ip6', ['2001:db8::/32'], true],
    ['IpAddress', 's3:ip6', ['2001:db9::/32'], false],
    ['IpAddress', 's3:ip6', ['0.0.0.0/0'], false],
    ['IpAddress', 'aws:username', ['0.0.0.0/0'], false],
    ['ArnEquals', 'aws:principalarn', ['arn:aws:iam::*:user/*'], true],
    ['ArnLike', 'aws:principalarn', ['arn:aws:iam::111122223333:*'], true],
    ['ArnLike', 'aws:principalarn', ['arn:aws:*'], false],
    ['ArnLike', 'aws:principalarn', ['${aws:PrincipalArn}'], true],
    ['ArnNotEquals', 'aws:principalarn', ['arn:aws:iam::*:user/*'], false],
    ['ArnNotLike', 'aws:principalarn', ['arn:aws:iam::*:role/*'], true],
  ])('%s of %s and %j: %s', (operator, key, wanted, expected) => {
    expect(holds(operator, key, ...wanted)).toBe(expected)
  })
})

describe('no value, or several', () => {
  test.each<[string, string, string[], boolean]>([
    ['StringEquals', 'aws:nothing', ['x'], false],
    ['StringEquals', 's3:empty', ['x'], false],
    ['StringNotEquals', 'aws:nothing', ['x'], true],
    ['NotIpAddress', 'aws:nothing', ['10.0.0.0/8'], true],
    ['StringEqualsIfExists', 'aws:nothing', ['x'], true],
    ['StringEqualsIfExists', 'aws:username', ['x'], false],
    ['StringNotEqualsIfExists', 'aws:username', ['Bob'], false],
    ['BoolIfExists', 'aws:multifactorauthpresent', ['true'], true],
    ['Null', 'aws:nothing', ['true'], true],
    ['Null', 'aws:nothing', ['false'], false],
    ['Null', 's3:empty', ['true'], true],
    ['Null', 'aws:username', ['False'], true],
    ['StringEquals', 'aws:tagkeys', ['b'], true],
    ['StringNotEquals', 'aws:tagkeys', ['b'], false],
    ['ForAllValues:StringEquals', 'aws:tagkeys', ['a', 'b', 'c'], true],
    ['ForAllValues:StringEquals', 'aws:tagkeys', ['a'], false],
    ['ForAllValues:StringEquals', 'aws:nothing', ['a'], true],
    ['ForAllValues:StringNotEquals', 'aws:tagkeys', ['c'], true],
    ['ForAllValues:StringNotEquals', 'aws:tagkeys', ['a'], false],
    ['ForAnyValue:StringEquals', 'aws:tagkeys', ['b', 'c'], true],
    ['ForAnyValue:StringEquals', 'aws:tagkeys', ['c'], false],
    ['ForAnyValue:StringEquals', 'aws:nothing', ['c'], false],
    ['ForAnyValue:StringNotEquals', 'aws:tagkeys', ['a'], true],
    ['ForAnyValue:StringNotEquals', 'aws:tagkeys', ['a', 'b'], false],
    ['ForAnyValue:StringNotEquals', 'aws:nothing', ['a'], false],
    ['ForAnyValue:StringLikeIfExists', 'aws:nothing', ['a'], true],
  ])('%s of %s and %j: %s', (operator, key, wanted, expected) => {
    expect(holds(operator, key, ...wanted)).toBe(expected)
  })
})

test.each([
  'stringequals',
  'StringMatches',
  'NullIfExists',
  'ForSome:StringEquals',
  'toString',
  '',
])('%j is no operator', (operator) => {
  expect(condition(operator, 'aws:username', ['x'], true)).toBeUndefined()
})

test.each([
  ['NumericNotEquals', '0x0a'],
  ['NumericLessThan', 'ten'],
  ['DateLessThan', 'tomorrow'],
  ['DateNotEquals', 'yesterday'],
  ['IpAddress', '10.1.2.3/33'],
  ['NotIpAddress', '10.1.2.3/'],
  ['NotIpAddress', '10.1.2.3/8/8'],
  ['ForAnyValue:NotIpAddress', 'anywhere'],
  ['Bool', 'ture'],
  ['Null', 'yes'],
])('%s cannot read %j, which might hold for everybody', (operator, wanted) => {
  expect(condition(operator, 's3:x', [wanted], true)).toBeUndefined()
})

test('policies of 2008 have no variables', () => {
  const old = condition('StringEquals', 'aws:username', ['${aws:username}'], false)!
  expect(old(context)).toBe(false)
})
