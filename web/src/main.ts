import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { loadTexts } from "$lib/texts";

const target = document.getElementById("app");
if (!target) throw new Error("index.html lacks #app");
await loadTexts(navigator.languages);
mount(App, { target });
