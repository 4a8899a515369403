/** Numbers that belong together, directly or through others (Galler and Fischer's disjoint sets). */
export class Groups {
  readonly #parents: number[] = [];

  join(a: number, b: number): void {
    const [one, other] = [this.#rootOf(a), this.#rootOf(b)];
    // The lower is the root, so that groups do not depend on the order of joining.
    if (one !== other) this.#parents[Math.max(one, other)] = Math.min(one, other);
  }

  /** Those of more than one, each in ascending order, in the order of their lowest numbers. */
  all(): number[][] {
    const groups = new Map<number, number[]>();
    for (const member of Object.keys(this.#parents).map(Number)) {
      const root = this.#rootOf(member);
      if (root === member) continue;
      const group = groups.get(root) ?? [root];
      groups.set(root, group);
      group.push(member);
    }
    return [...groups.values()].sort(([a = 0], [b = 0]) => a - b);
  }

  #rootOf(member: number): number {
    let root = member;
    for (let above = this.#parents[root]; above !== undefined && above !== root; above = this.#parents[root])
      root = above;
    // Shortens the way for the next time.
    for (let at = member; at !== root;) {
      const above = this.#parents[at] ?? root;
      this.#parents[at] = root;
      at = above;
    }
    return root;
  }
}
