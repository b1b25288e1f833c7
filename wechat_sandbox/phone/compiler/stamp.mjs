// A build of unchanged input is skipped: the hash of all input lies next to the output.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const PHONE = fileURLToPath(new URL('..', import.meta.url))
const LOCK_FILE = path.join(PHONE, '..', '..', 'package-lock.json')
const STAMP = '.source-hash'

/** SHA-256 over names and contents of the mini-program, of this compiler and runtime, and of the pinned packages. */
export function sourceHash(root, options) {
  const hash = crypto.createHash('sha256').update(JSON.stringify(options))
  const files = [...filesBelow(root), ...filesBelow(PHONE), ...(fs.existsSync(LOCK_FILE) ? [LOCK_FILE] : [])]
  for (const file of files) hash.update(`${file}\0`).update(fs.readFileSync(file))
  return hash.digest('hex')
}

export function isFresh(out, hash) {
  const stamp = path.join(out, STAMP)
  return fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === hash
}

export function writeStamp(out, hash) {
  fs.writeFileSync(path.join(out, STAMP), hash)
}

function filesBelow(folder) {
  return fs.readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(file) : [file]
    })
}
