// How many lines a person has not seen yet. Remembered for this browser tab, so that a reload shows no old ones again.

export class Unread {
  constructor(userId, kind) {
    this.key = `seen:${userId}:${kind}`
  }

  /** Lines that came in after the last one seen. */
  count(lines) {
    const seen = sessionStorage.getItem(this.key)
    const at = lines.findIndex((line) => line.id === seen) // a reset sandbox knows the id no more: then all are new
    return lines.slice(at + 1).filter((line) => line.direction === undefined || line.direction === 'in').length
  }

  markSeen(lines) {
    if (lines.length) sessionStorage.setItem(this.key, lines.at(-1).id)
  }
}
