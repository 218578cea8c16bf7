using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class BrowserSessions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "browser_session_id",
                table: "oauth_authorizations",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "last_seen_at",
                table: "oauth_authorizations",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_oauth_authorizations_browser_session",
                table: "oauth_authorizations",
                column: "browser_session_id",
                filter: "browser_session_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_authorizations_last_seen",
                table: "oauth_authorizations",
                column: "last_seen_at",
                filter: "last_seen_at IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_oauth_authorizations_browser_session",
                table: "oauth_authorizations");

            migrationBuilder.DropIndex(
                name: "ix_oauth_authorizations_last_seen",
                table: "oauth_authorizations");

            migrationBuilder.DropColumn(
                name: "browser_session_id",
                table: "oauth_authorizations");

            migrationBuilder.DropColumn(
                name: "last_seen_at",
                table: "oauth_authorizations");
        }
    }
}
