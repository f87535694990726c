// Reads an export for the drum machine by the rules of its format, and prints what is wrong with it and what it holds.
// node drum_machine_reader.js FOLDER
"use strict";
const fs = require("fs"), path = require("path"), { execFileSync } = require("child_process");

const folder = process.argv[2];
const clipLength = 0.25, rate = 44100, maxChunks = 50;
const wrong = [];
const expect = (right, text) => { if (!right) wrong.push(text); };
const inUnit = (value) => typeof value === "number" && value >= 0 && value <= 1;
const number = (name) => parseInt(name, 10);

const metaFiles = fs.readdirSync(path.join(folder, "meta")).filter((name) => name !== "drum_like.json");
const audioFiles = fs.readdirSync(path.join(folder, "audio"));
const chunks = metaFiles.map(number).sort((a, b) => a - b);
expect(metaFiles.every((name) => /^\d+\.json$/.test(name)), "a name in meta/ is no number");
expect(chunks.every((chunk, at) => chunk === at), "the chunks are not numbered from 0 without a gap");
expect(audioFiles.map(number).sort((a, b) => a - b).join() === chunks.join(), "audio/ and meta/ differ");
expect(chunks.length <= maxChunks, "there are more chunks than the app asks for");

const sounds = [], sizes = [], clips = [], tally = {};
let tagged = {};
for (const chunk of chunks) {
  const data = JSON.parse(fs.readFileSync(path.join(folder, "meta", chunk + ".json"), "utf8"));
  expect(Object.keys(data).sort().join() === "autoSuggest,metaData", "chunk " + chunk + " has other keys");
  for (const one of data.autoSuggest) {
    expect(Object.keys(one).length === 1, "a suggestion is not one tag with its number");
    for (const tag in one) tally[tag] = (tally[tag] || 0) + one[tag];
  }
  expect(data.metaData.length > 0, "chunk " + chunk + " is empty");
  sizes.push(data.metaData.length);
  for (const sound of data.metaData) {
    const what = "sound " + sounds.length;
    expect(Object.keys(sound).sort().join() === "analysis,color,coords,name,tags", what + " has other keys");
    expect(sound.coords.length === 2 && sound.coords.every(inUnit), what + ": coords");
    expect(sound.color.length === 3 && sound.color.every(inUnit), what + ": color");
    expect(sound.analysis.length === 4 && sound.analysis.every(Number.isFinite), what + ": analysis");
    expect(typeof sound.name === "string" && sound.name.length > 0, what + ": name");
    expect(Array.isArray(sound.tags) && sound.tags.every((tag) => tag === tag.toUpperCase()), what + ": tags");
    sound.tags.sort();
    for (const tag of sound.tags) tagged[tag] = (tagged[tag] || 0) + 1;
    sounds.push(sound);
  }
  const file = path.join(folder, "audio", chunk + ".mp3");
  const pcm = execFileSync("ffmpeg", ["-v", "error", "-i", file, "-f", "f32le", "-ac", "1", "-ar", String(rate), "-"],
    { maxBuffer: 1 << 30 });
  const samples = new Float32Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.byteLength));
  const size = Math.round(clipLength * rate);
  expect(samples.length === size * data.metaData.length, "audio " + chunk + " has another length");
  for (let at = 0; at < data.metaData.length; at++) clips.push(samples.subarray(at * size, (at + 1) * size));
}
const same = (a, b) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
expect(same(tally, tagged), "the suggestions do not add up to the tags");

const like = JSON.parse(fs.readFileSync(path.join(folder, "meta", "drum_like.json"), "utf8"));
expect(Object.keys(like).sort().join() === "0,1,2,3", "drum_like has other keys");
for (const track in like) {
  const list = like[track];
  expect(list.length > 0 && list.length <= 200, "drum_like " + track + " has " + list.length + " sounds");
  expect(list.every((at, i) => i === 0 || at > list[i - 1]), "drum_like " + track + " does not ascend");
  expect(list.every((at) => Number.isInteger(at) && at >= 0 && at < sounds.length), "drum_like " + track + ": index");
  // the app draws its first beat from what the first chunk holds
  expect(list[0] < sizes[0], "drum_like " + track + " has nothing in the first chunk");
}
if (process.argv[3]) {
  const all = new Float32Array(clips.length * Math.round(clipLength * rate));
  clips.forEach((clip, at) => all.set(clip, at * clip.length));
  fs.writeFileSync(process.argv[3], Buffer.from(all.buffer));
}
console.log(JSON.stringify({ wrong, sizes, sounds, like }));
