/** Whether the shopper has asked the browser to load little. */
export function savesData() {
  return Boolean(/** @type {any} */ (navigator).connection?.saveData);
}
