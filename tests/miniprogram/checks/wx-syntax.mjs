// Checks the syntax of every .wxml, .wxs and .wxss with WeChat's own compilers (npm package miniprogram-compiler).
// Usage: node wx-syntax.mjs <mini-program folder> <folder with wcc and wcsc>
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(process.argv[2])
const bin = path.resolve(process.argv[3])

/** All files below the mini-program's folder, as paths relative to it. */
function filesBelow() {
  const entries = readdirSync(root, { withFileTypes: true, recursive: true })
  return entries.filter((e) => e.isFile()).map((e) => path.relative(root, path.join(e.parentPath ?? e.path, e.name)))
}

/** Run one compiler; its output (the compiled code) is of no interest, only its verdict. */
function compile(program, args) {
  const executable = path.join(bin, program)
  chmodSync(executable, 0o755) // npm unpacks them without the executable bit
  const run = spawnSync(executable, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (run.status === 0) return true
  console.error(`${program}: ${run.error ?? (run.stderr || run.stdout).trim()}`)
  return false
}

const files = filesBelow()
const markup = files.filter((name) => /\.(wxml|wxs)$/.test(name))
const styles = files.filter((name) => name.endsWith('.wxss'))
const verdicts = [compile('wcc', ['-d', ...markup]), compile('wcsc', ['-lc', ...styles])]
console.log(`${markup.length} wxml/wxs, ${styles.length} wxss`)
process.exit(verdicts.every(Boolean) && markup.length > 0 ? 0 : 1)
