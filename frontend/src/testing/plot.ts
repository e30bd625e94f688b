/** Stands in for the chart library: jsdom has no canvas. */
export default class Plot {
  static paths = {}
  static join = (tables: unknown[]) => tables
  setSize() {}
  destroy() {}
}
