"""The groups of commands that act on the map."""

from __future__ import annotations

from tui_browser.ui.commands.annotate import AnnotateCommands
from tui_browser.ui.commands.app import AppCommands
from tui_browser.ui.commands.beat import BeatCommands
from tui_browser.ui.commands.class_repair import RepairCommands
from tui_browser.ui.commands.collections import CollectionCommands
from tui_browser.ui.commands.control import ControlCommands
from tui_browser.ui.commands.copies import CopyCommands
from tui_browser.ui.commands.cursor import CursorCommands
from tui_browser.ui.commands.edits import EditCommands
from tui_browser.ui.commands.freesound import FreesoundCommands
from tui_browser.ui.commands.generate import GenerateCommands
from tui_browser.ui.commands.jump import JumpCommands
from tui_browser.ui.commands.kit import KitCommands
from tui_browser.ui.commands.layout import LayoutCommands
from tui_browser.ui.commands.legend import LegendCommands
from tui_browser.ui.commands.list_columns import ListCommands
from tui_browser.ui.commands.log import LogCommands
from tui_browser.ui.commands.models import ModelCommands
from tui_browser.ui.commands.place import PlaceCommands
from tui_browser.ui.commands.places import PlacesCommands
from tui_browser.ui.commands.play import PlayCommands
from tui_browser.ui.commands.project import ProjectCommands
from tui_browser.ui.commands.search import SearchCommands
from tui_browser.ui.commands.selection import SelectionCommands
from tui_browser.ui.commands.send import SendCommands
from tui_browser.ui.commands.similar import SimilarCommands
from tui_browser.ui.commands.slices import SliceCommands
from tui_browser.ui.commands.sound_tour import SoundTourCommands
from tui_browser.ui.commands.suggestions import SuggestionCommands
from tui_browser.ui.commands.view import ViewCommands
from tui_browser.ui.commands.visualise import VisualiseCommands
from tui_browser.ui.commands.wave import WaveCommands

GROUPS = (
    CursorCommands, JumpCommands, PlayCommands, ProjectCommands, SoundTourCommands, SearchCommands, SimilarCommands,
    ViewCommands, LayoutCommands, SelectionCommands, LegendCommands, CopyCommands, EditCommands, AnnotateCommands,
    CollectionCommands, RepairCommands, SliceCommands, SuggestionCommands, GenerateCommands, PlaceCommands,
    PlacesCommands, LogCommands, ListCommands, WaveCommands, VisualiseCommands, ModelCommands, FreesoundCommands,
    KitCommands, BeatCommands, SendCommands, ControlCommands, AppCommands,
)  # fmt: skip
"""Each is made once by the main screen."""
