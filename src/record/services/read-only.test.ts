import { expect, test } from 'vitest'
import { isReadOnly } from './read-only.ts'

test.each([
  {
    is: true,
    calls: ['iam GetUser', 'ec2 DescribeVpcs', 's3 HeadObject', 'dynamodb BatchGetItem'],
  },
  { is: true, calls: ['kms Decrypt', 'kms GenerateDataKey', 'sts AssumeRole', 'logs StartQuery'] },
  { is: true, calls: ['bedrock InvokeModel', 's3 SelectObjectContent', 'x Query', 'x Scan'] },
  {
    is: false,
    calls: ['iam CreateUser', 'sts GetFederationToken', 'signin CheckMfa', 'x Getaway'],
  },
  { is: false, calls: ['sqs ReceiveMessage', 'athena StartQueryExecution', 's3 PutObject'] },
])('readOnly is $is of $calls', ({ is, calls }) => {
  for (const call of calls) {
    const [source, operation] = call.split(' ')
    expect([call, isReadOnly(`${source}.amazonaws.com`, operation!)]).toEqual([call, is])
  }
})

test.each([
  { is: true, members: { Statement: ' select * from t' } },
  { is: false, members: { Statement: 'INSERT INTO t' } },
  { is: false, members: {} },
])('a PartiQL statement by its first word: $members', ({ is, members }) => {
  expect(isReadOnly('dynamodb.amazonaws.com', 'ExecuteStatement', members)).toBe(is)
})

test('statements that come together are read when all are', () => {
  const Statements = [{ Statement: 'SELECT a' }, { Statement: 'DELETE b' }]
  const call = ['dynamodb.amazonaws.com', 'BatchExecuteStatement'] as const
  expect(isReadOnly(...call, { Statements })).toBe(false)
  expect(isReadOnly(...call, { Statements: Statements.slice(0, 1) })).toBe(true)
})
