// The simulated providers of a reseller, as the customer's own bank or telephone would reach them.

import { setTimeout as pause } from 'node:timers/promises';

async function call(tenant, place, body) {
  const answer = await fetch(`${tenant.simulator_url}${place}`, body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${place}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
}

/** What the reseller's customers were asked to pay, oldest first. */
export const bills = (tenant) => call(tenant, '/sim/bills');

/** Presses a button: `pay`, `decline`, `expire`, … `how` may hold `{amount, tell}`. */
export const press = (tenant, id, button, how = {}) => call(tenant, `/sim/bills/${id}/${button}`, how);

/** What was asked for since `before`; waits until it is there. */
export async function newBill(tenant, before, patience = 15_000) {
  const known = new Set(before.map((bill) => bill.id));
  for (const end = Date.now() + patience; Date.now() < end; await pause(200)) {
    const fresh = (await bills(tenant)).filter((bill) => !known.has(bill.id));
    if (fresh.length) return fresh.at(-1);
  }
  throw new Error('no provider was asked for money');
}
