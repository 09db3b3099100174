if (process.argv[2] === '--node') {
  console.log(process.execPath)
  process.exit(0)
}
