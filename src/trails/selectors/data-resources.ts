/** Whether the value of a basic selector's data resource stands for all resources of its type. */
export function allOf(type: string, value: string): boolean {
  switch (type) {
    case 'AWS::S3::Object':
      return value === 'arn:aws:s3' || value === 'arn:aws:s3:::'
    case 'AWS::Lambda::Function':
      return value === 'arn:aws:lambda'
    case 'AWS::DynamoDB::Table':
      return value === 'arn:aws:dynamodb'
    default:
      return false
  }
}
