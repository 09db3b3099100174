// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a policy's variables look like that
import { decide } from '../../../src/identity/policy/decide.ts'
import { parsePolicy } from '../../../src/identity/policy/parse.ts'
import type { Target } from '../fuzzer.ts'
import { refusal } from './refusal.ts'

const arn = `arn:aws:iam::000000000000:user/${'a'.repeat(300)}`
const questions = [
  { action: 'iam:CreateUser', resources: [arn] },
  { action: 'sts:GetCallerIdentity', resources: ['*'] },
].map((question) => ({
  ...question,
  context: new Map([
    ['aws:username', ['alice*']],
    ['aws:sourceip', ['10.0.0.1']],
    ['aws:currenttime', ['2026-11-21T04:44:23Z']],
    ['aws:securetransport', ['true']],
    ['aws:tagkeys', ['a', 'b']],
  ]),
}))

const denial = parsePolicy('{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}')

/** Any text is a policy or refused; a policy decides, the same when written again, and a denial wins. */
export const policyDocument: Target = {
  name: 'policy-document',
  seeds: [
    '{"Version":"2012-10-17","Statement":[{"Sid":"A1","Effect":"Allow","Action":["iam:*","s3:Get?bject"],"Resource":"arn:aws:iam::*:user/${aws:username}"}]}',
    '{"Version":"2012-10-17","Id":"x","Statement":{"Effect":"Deny","NotAction":"iam:Get*","NotResource":["*"],"Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","::1/128"]},"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"},"Bool":{"aws:SecureTransport":true},"NumericLessThanEquals":{"s3:max-keys":10}}}}',
    '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":["a*"]},"ForAnyValue:StringEquals":{"aws:TagKeys":"b"},"Null":{"aws:username":"false"},"ArnLike":{"aws:SourceArn":"arn:aws:*:*:*:*"},"BinaryEquals":{"k":"QQ=="}}}]}',
  ],
  tokens: [
    '"Version":"2008-10-17",',
    '"Effect":"Allow",',
    '"NotAction":',
    '"NotResource":',
    '"Principal":{"AWS":"*"},',
    '"Condition":{',
    '"StringNotLikeIfExists":{',
    '"ForAnyValue:',
    '"NotIpAddress":{"aws:SourceIp":"0.0.0.0/0"}',
    '${aws:username}',
    "${a,'b'}",
    '${*}',
    '${',
    '*',
    '?',
    '*a',
    'arn:aws:s3:::',
    ':',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    '"__proto__":{',
    '\\u0000',
    'null',
    'true',
    '0',
  ],
  run(input) {
    const text = input.toString()
    let policy: ReturnType<typeof parsePolicy>
    try {
      policy = parsePolicy(text)
    } catch (error) {
      return refusal(error)
    }
    const again = parsePolicy(JSON.stringify(JSON.parse(text)))
    const decisions = questions.map((question) => {
      const { decision } = decide({ ...question, policies: [policy] })
      if (decide({ ...question, policies: [again] }).decision !== decision) {
        throw new Error('written again it decides otherwise')
      }
      const denied = decide({ ...question, policies: [policy, denial] })
      if (denied.decision !== 'ExplicitDeny') throw new Error('a denial did not win')
      return decision
    })
    return `${decisions.join()} ${policy.length} ${policy.flatMap((s) => s.conditions).length}`
  },
}
