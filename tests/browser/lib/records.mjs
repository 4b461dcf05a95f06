// Records of a register made through the API, for tests that look at what stands already.
export async function opened(town, page, register, fields) {
  const answer = await town.api(page, 'POST', 'records', { register, fields });
  if (answer.status !== 201) throw new Error(`records: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

export async function moved(town, page, id, move, reason = '') {
  const shown = await town.api(page, 'GET', `records/${id}`);
  const answer = await town.api(page, 'POST', `records/${id}/move/${move}`, { rev: shown.body.rev, digest: shown.body.digest, reason });
  if (answer.status !== 200) throw new Error(`${move}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export async function applied(town, page, register, fields) {
  const id = await opened(town, page, register, fields);
  await moved(town, page, id, 'submit');
  return id;
}

// A day in the boxes of a form: era year, month, day.
export async function fillDay(page, id, year, month, day) {
  await page.locator(`#${id}`).fill(String(year));
  await page.locator(`#${id}-m`).fill(String(month));
  await page.locator(`#${id}-d`).fill(String(day));
}
