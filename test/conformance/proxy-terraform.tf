terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}
resource "aws_s3_bucket" "b" {
  bucket        = "terraform-through-the-proxy"
  force_destroy = true
}
resource "aws_s3_object" "o" {
  bucket  = aws_s3_bucket.b.id
  key     = "notes/a b+ü.txt"
  content = "hello"
}
# A zip with f.py in it.
resource "aws_s3_object" "code" {
  bucket         = aws_s3_bucket.b.id
  key            = "f.zip"
  content_base64 = "UEsDBBQAAAAAAExYdV1hwuheFAAAABQAAAAEAAAAZi5weWRlZiBoKGUsYyk6IHJldHVybiAxUEsBAhQDFAAAAAAATFh1XWHC6F4UAAAAFAAAAAQAAAAAAAAAAAAAAIABAAAAAGYucHlQSwUGAAAAAAEAAQAyAAAANgAAAAAA"
}
resource "aws_dynamodb_table" "t" {
  name         = "t"
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"
  attribute {
    name = "id"
    type = "S"
  }
}
resource "aws_dynamodb_table_item" "i" {
  table_name = aws_dynamodb_table.t.name
  hash_key   = "id"
  item       = jsonencode({ id = { S = "1" } })
}
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.1.0/24"
}
resource "aws_security_group" "g" {
  name   = "g"
  vpc_id = aws_vpc.v.id
}
data "aws_caller_identity" "me" {}
resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_sqs_queue" "q" { name = "q" }
resource "aws_sns_topic" "t" { name = "t" }
resource "aws_sns_topic_subscription" "s" {
  topic_arn = aws_sns_topic.t.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.q.arn
}
resource "aws_kms_key" "k" {
  description             = "k"
  deletion_window_in_days = 7
}
resource "aws_kms_alias" "k" {
  name          = "alias/k"
  target_key_id = aws_kms_key.k.key_id
}
resource "aws_secretsmanager_secret" "s" {
  name                    = "s"
  recovery_window_in_days = 0
}
resource "aws_secretsmanager_secret_version" "s" {
  secret_id     = aws_secretsmanager_secret.s.id
  secret_string = "hidden-string"
}
resource "aws_ssm_parameter" "p" {
  name  = "/p"
  type  = "SecureString"
  value = "hidden-parameter"
}
resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name          = "a"
  metric_name         = "m"
  namespace           = "n"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  period              = 60
  statistic           = "Sum"
  threshold           = 1
}
resource "aws_cloudwatch_log_group" "l" { name = "l" }
resource "aws_ecs_cluster" "c" { name = "c" }
resource "aws_ecs_task_definition" "d" {
  family                = "f"
  container_definitions = jsonencode([{ name = "n", image = "i", memory = 64, essential = true }])
}
resource "aws_sfn_activity" "m" { name = "m" }
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.r.arn
  runtime       = "python3.11"
  handler       = "f.h"
  s3_bucket     = aws_s3_bucket.b.id
  s3_key        = aws_s3_object.code.key
  environment { variables = { SECRET = "hidden-value" } }
}
resource "aws_db_subnet_group" "g" {
  name       = "g"
  subnet_ids = [aws_subnet.s.id]
}
data "aws_elastic_beanstalk_solution_stack" "s" {
  most_recent = true
  name_regex  = "^64bit Amazon Linux .* running Python .*$"
}
