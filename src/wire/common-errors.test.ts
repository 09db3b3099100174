import { expect, test } from 'vitest'
import { ApiError } from '../errors.ts'
import { loadModel, type ModelName } from '../gen/load.ts'
import { wireError } from './common-errors.ts'

const models = {
  cloudtrail: loadModel('cloudtrail'),
  'cloudtrail-data': loadModel('cloudtrail-data'),
  iam: loadModel('iam'),
  s3: loadModel('s3'),
  sts: loadModel('sts'),
}

test.each<[ModelName, code: string, answered: string, status: number]>([
  ['cloudtrail', 'AccessDenied', 'AccessDeniedException', 400],
  ['cloudtrail-data', 'AccessDenied', 'AccessDeniedException', 403],
  ['iam', 'AccessDenied', 'AccessDenied', 403],
  ['s3', 'AccessDenied', 'AccessDenied', 403],
  ['cloudtrail', 'RequestExpired', 'InvalidSignatureException', 400],
  ['iam', 'RequestExpired', 'SignatureDoesNotMatch', 403],
  ['s3', 'RequestExpired', 'RequestTimeTooSkewed', 403],
  ['cloudtrail', 'ExpiredToken', 'ExpiredTokenException', 400],
  ['sts', 'ExpiredToken', 'ExpiredToken', 403],
  ['cloudtrail', 'Throttling', 'ThrottlingException', 400],
  ['iam', 'Throttling', 'Throttling', 400],
  ['s3', 'Throttling', 'SlowDown', 503],
  // Where the model has the name, its status counts.
  ['cloudtrail', 'Conflict', 'ConflictException', 400],
  ['iam', 'Conflict', 'ConcurrentModification', 409],
  ['s3', 'Conflict', 'OperationAborted', 409],
  ['iam', 'NoSuchEntity', 'NoSuchEntity', 404],
  ['iam', 'ServiceFailure', 'ServiceFailure', 500],
  ['s3', 'BucketAlreadyExists', 'BucketAlreadyExists', 409],
  // What is in no table goes out as it is.
  ['s3', 'BadDigest', 'BadDigest', 400],
  ['cloudtrail', 'constructor', 'constructor', 400],
])('%s answers %s as %s, %i', (name, code, answered, status) => {
  const message = 'No.'
  const error = wireError(new ApiError(code, message), models[name])
  expect(error).toEqual({ code: answered, message, status, details: {}, headers: {} })
})
