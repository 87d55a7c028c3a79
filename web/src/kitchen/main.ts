// Every component in its states, to look at while one works on them: /kitchen.html of the
// development server. It is not part of what is built.
import { mount } from "svelte";
import "../app.css";
import Kitchen from "./Kitchen.svelte";

const target = document.getElementById("app");
if (target) mount(Kitchen, { target });
