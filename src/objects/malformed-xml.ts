import { ApiError } from '../errors.ts'

/** S3's one refusal of XML that lacks something or says two things at once. */
export function malformedXml(): ApiError {
  const text =
    'The XML you provided was not well-formed or did not validate against our published schema'
  return new ApiError('MalformedXML', text)
}
