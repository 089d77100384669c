// What every script of the bench is given: the folder of its set-up, and the options that all of them share.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

// One line says what went wrong; where in these scripts is of no use to whoever reads it.
process.on('uncaughtException', ({ message }) => {
  console.error(`bench: ${message.trim().split('\n')[0]}`);
  process.exit(1);
});

/** Least cosine of our vector to that of the f32 ONNX model: below, the two do not compute the same thing. */
const LEAST_COSINE = 0.99;

/**
 * @typedef {{ kind: 'title' | 'photo', title?: string, tokens?: number[], side?: number }} Work
 * @param {Record<string, string>} [more] further options with their defaults
 */
export function options(more = {}) {
  const defaults = { setup: 'target/bench', rounds: '15', only: '', ...more };
  const { values } = parseArgs({
    options: Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }])),
  });
  return { ...values, rounds: Number(values.rounds) };
}

/** The works asked for, and the names of the ONNX models. @param {string} setup @param {string} only names, by commas */
export function works(setup, only) {
  const { works, models } = JSON.parse(readFileSync(`${setup}/onnx/works.json`, 'utf8'));
  const names = only ? only.split(',') : Object.keys(works);
  for (const name of names) if (!works[name]) throw new Error(`expected one of ${Object.keys(works).join(', ')}, found ${name}`);
  return { works: names.map((name) => [name, works[name]]), models };
}

/** The models that can do a work. @param {string[]} models @param {Work} work */
export function modelsOf(models, { kind }) {
  return models.filter((name) => name.startsWith(`${kind}.`));
}

/**
 * How near ours and the model are; an error where the plain f32 model is not near. `wrong` is another f32 form that is not: the
 * peer's own optimiser and device disagree with its plain model then, and what it takes to get that says nothing.
 *
 * @param {string} what @param {string} model @param {number[]} ours @param {number[]} theirs both of length 1
 */
export function agreement(what, model, ours, theirs) {
  const cosine = ours.reduce((sum, value, index) => sum + value * theirs[index], 0);
  const near = cosine >= LEAST_COSINE;
  if (model.endsWith('.fp32') && !near) {
    throw new Error(`${what}: expected our vector within a cosine of ${LEAST_COSINE} of that of ${model}, found ${cosine}`);
  }
  return { cosine, near, wrong: model.includes('.fp32') && !near };
}

/**
 * Of the ten nearest by f32, the share that was found.
 *
 * @param {{ nearest: number[] }[]} queries @param {number[][]} found by query
 */
export function recall(queries, found) {
  const hits = queries.map(({ nearest }, query) => nearest.filter((number) => found[query].includes(number)).length);
  return hits.reduce((sum, count) => sum + count, 0) / queries.reduce((sum, { nearest }) => sum + nearest.length, 0);
}
