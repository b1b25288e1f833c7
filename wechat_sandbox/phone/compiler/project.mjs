// The mini-program's folder as the compiler sees it: reading, finding and complaining.
import fs from 'node:fs'
import path from 'node:path'

/** Everything the passes need to know about one mini-program folder. Paths are relative to it, with `/`. */
export class Project {
  /** @param {string} root absolute folder that holds app.json */
  constructor(root) {
    this.root = root
    /** @type {{where: string, message: string, isError: boolean}[]} */
    this.problems = []
    this.app = this.readJson('app.json')
    const packages = this.app.subPackages || this.app.subpackages || []
    const inPackages = packages.flatMap((pack) => pack.pages.map((page) => path.posix.join(pack.root, page)))
    this.pages = [...(this.app.pages || []), ...inPackages]
  }

  warn(where, message) { this.problems.push({ where, message, isError: false }) }
  error(where, message) { this.problems.push({ where, message, isError: true }) }
  absolute(file) { return path.join(this.root, file) }
  exists(file) { return fs.existsSync(this.absolute(file)) }
  isFile(file) { return this.exists(file) && fs.statSync(this.absolute(file)).isFile() }
  read(file) { return fs.readFileSync(this.absolute(file), 'utf8') }

  readJson(file) {
    try {
      return JSON.parse(this.read(file))
    } catch (error) {
      this.error(file, `JSON: ${error.message}`)
      return {}
    }
  }

  /** The script of a page or component, or null when it has none. */
  scriptOf(component) {
    return [`${component}.js`, `${component}.ts`].find((file) => this.exists(file)) || null
  }

  /** Folders in which WeChat looks for npm packages, nearest first. */
  npmFolders(from) {
    const folders = []
    let folder = path.posix.dirname(from)
    for (;;) {
      const isTop = folder === '.' || folder === ''
      folders.push(`${isTop ? '' : `${folder}/`}miniprogram_npm/`)
      if (isTop) return folders
      folder = path.posix.dirname(folder)
    }
  }

  /** A path written in `from`, seen from the root: `/a/b` is absolute, everything else relative to the file. */
  relativeTo(from, target) {
    return target.startsWith('/') ? target.slice(1) : path.posix.join(path.posix.dirname(from), target)
  }

  /** All files below the root that `accept(name)` takes. */
  files(accept, folder = '.') {
    return fs.readdirSync(this.absolute(folder), { withFileTypes: true }).flatMap((entry) => {
      const file = path.posix.join(folder, entry.name)
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : this.files(accept, file)
      return accept(entry.name) ? [file] : []
    })
  }
}
