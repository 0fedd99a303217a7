/** Two sequences, each in order of time, as one. */
export async function* mergeByTime<Item>(
  left: AsyncGenerator<Item, void, undefined>,
  right: AsyncGenerator<Item, void, undefined>,
  timeOf: (item: Item) => number,
): AsyncGenerator<Item, void, undefined> {
  try {
    let a = await left.next();
    let b = await right.next();
    while (!a.done || !b.done) {
      if (!a.done && (b.done || timeOf(a.value) <= timeOf(b.value))) {
        yield a.value;
        a = await left.next();
      } else if (!b.done) {
        yield b.value;
        b = await right.next();
      }
    }
  } finally {
    await Promise.all([left.return(), right.return()]);
  }
}
